import { picture } from './parts/picture.ts'
import { warnBeforeTheEnd } from './parts/session-end.ts'

/** A card to print: the buttons that need a script are shown by it. */

warnBeforeTheEnd()
const sheet = document.getElementById('sheet')
const print = document.getElementById('print')
const save = document.getElementById('save-image')
if (print) {
  print.hidden = false
  print.addEventListener('click', () => window.print())
}
if (save && sheet) {
  save.hidden = false
  save.addEventListener('click', () => void saveImage(sheet))
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
