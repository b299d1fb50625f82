/**
 * Whether one of us talks to the client, while the page is looked at. The server says it; where it
 * is not heard, the page says that it cannot know, because what it said before may be over.
 */
const AGAIN_MS = 5_000

export function followCall(): void {
  const shown = document.getElementById('call')
  const unknown = document.getElementById('call-unknown')
  const { stream } = shown?.dataset ?? {}
  if (!shown || !unknown || stream === undefined) return
  let events: EventSource | null = null
  let isOver = false

  const know = (isKnown: boolean) => {
    shown.hidden = !isKnown
    unknown.hidden = isKnown
  }
  const lose = () => {
    events?.close()
    events = null
    know(false)
  }
  const listen = () => {
    // A tab that is not looked at takes no connection from those that are.
    if (isOver || events !== null || document.visibilityState !== 'visible') return
    events = new EventSource(stream)
    events.addEventListener('call', ({ data }: MessageEvent<string>) => {
      const { words, isOn } = JSON.parse(data) as { readonly words: string; readonly isOn: boolean }
      const line = shown.querySelector('p')
      // The same sentence twice would be read out twice.
      if (line && line.textContent !== words) line.textContent = words
      shown.classList.toggle('ok', isOn)
      know(true)
    })
    events.addEventListener('ended', () => {
      isOver = true
      lose()
    })
    events.addEventListener('error', lose)
  }
  listen()
  setInterval(listen, AGAIN_MS)
  window.addEventListener('offline', lose)
  window.addEventListener('online', listen)
  document.addEventListener('visibilitychange', listen)
}
