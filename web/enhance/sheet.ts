import { picture } from './parts/picture.ts'
import { warnBeforeTheEnd } from './parts/session-end.ts'

/**
 * A card to print: it is printed at once where there may be a printer, leaves the screen, and what
 * is on the paper is asked for in its place. What did not come out is printed or saved once more.
 */

warnBeforeTheEnd()
const sheet = document.getElementById('sheet')
const print = document.getElementById('print')
const save = document.getElementById('save-image')
const before = document.getElementById('before-print')
const after = document.getElementById('after-print')
if (sheet && print && save && before && after) {
  const onward = document.querySelectorAll<HTMLElement>('.is-printed')
  const ask = () => {
    if (!after.hidden) return
    sheet.classList.add('away')
    print.classList.add('plain')
    before.hidden = true
    after.hidden = false
    for (const link of onward) link.hidden = true
    after.querySelector('h1')?.focus()
  }
  for (const link of onward) {
    link.addEventListener('click', (event) => {
      event.preventDefault()
      ask()
    })
  }
  print.hidden = false
  print.addEventListener('click', () => window.print())
  save.hidden = false
  save.addEventListener('click', () => {
    void saveImage(sheet)
    ask()
  })
  window.addEventListener('afterprint', ask)
  // A phone has a window for printing too, and seldom a printer.
  if (matchMedia('(hover: hover) and (pointer: fine)').matches) window.print()
}

/**
 * The picture is made here, of what the page shows already: no address anywhere leads to it (A15).
 */
async function saveImage(of: HTMLElement): Promise<void> {
  const blob = await new Promise<Blob | null>((resolve) => picture(of).toBlob(resolve, 'image/png'))
  if (!blob) return
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = of.dataset.file ?? 'card.png'
  link.click()
  URL.revokeObjectURL(address)
}
