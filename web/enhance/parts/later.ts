import { inWords } from './left.ts'

/**
 * What can be done later: the sentence that says when counts down, and then the button that waits
 * behind it takes its place. The server has the last word on whether it is time.
 */
export function openLater(): void {
  for (const shown of document.querySelectorAll<HTMLElement>('[data-opens]')) countTo(shown)
}

function countTo(shown: HTMLElement): void {
  const { opens = '0', inWhole = '', inMinutes = '', inSeconds = '' } = shown.dataset
  const end = performance.now() + Number(opens) * 1_000
  const sentence = shown.parentElement
  const ready = sentence?.nextElementSibling
  const timer = setInterval(tick, 1_000)
  tick()

  function tick(): void {
    const left = Math.ceil((end - performance.now()) / 1_000)
    if (left > 0) {
      shown.textContent = inWords(left, { whole: inWhole, minutes: inMinutes, seconds: inSeconds })
      return
    }
    clearInterval(timer)
    if (sentence) sentence.hidden = true
    if (ready instanceof HTMLElement) ready.hidden = false
  }
}
