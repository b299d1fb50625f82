/** The card as a picture of one A4 page at 200 dots an inch, drawn from the words of the page. */

const WIDTH = 1654
const HEIGHT = 2339
const MARGIN = 95
const COLUMNS = 8
const ROWS = 28
const TOP = 330
const ROW = 62
const SANS = '"Public Sans", system-ui, sans-serif'

export function picture(sheet: HTMLElement): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = WIDTH
  canvas.height = HEIGHT
  const pen = canvas.getContext('2d')
  if (!pen) return canvas
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, WIDTH, HEIGHT)
  mark(pen, wordsOf(sheet, '.serial'))
  head(pen, sheet)
  cells(pen, sheet)
  pen.font = `27px ${SANS}`
  pen.fillStyle = '#000'
  lines(pen, wordsOf(sheet, '.how')).forEach((line, at) => {
    pen.fillText(line, MARGIN, TOP + ROW * ROWS + 70 + at * 40)
  })
  return canvas
}

const wordsOf = (sheet: HTMLElement, selector: string): string =>
  (sheet.querySelector(selector)?.textContent ?? '').replaceAll(/\s+/g, ' ').trim()

function mark(pen: CanvasRenderingContext2D, serial: string): void {
  pen.save()
  pen.translate(WIDTH / 2, HEIGHT / 2)
  pen.rotate((-28 * Math.PI) / 180)
  pen.fillStyle = 'rgb(0 0 0 / 0.055)'
  pen.font = `700 120px ${SANS}`
  pen.textAlign = 'center'
  for (let line = -3; line <= 3; line += 1) {
    pen.fillText(`${serial}   ${serial}   ${serial}`, 0, line * 300)
  }
  pen.restore()
}

function head(pen: CanvasRenderingContext2D, sheet: HTMLElement): void {
  pen.fillStyle = '#000'
  const left = [...sheet.querySelectorAll('.head > div > p')].map((one) => one.textContent ?? '')
  const right = linesOf(sheet.querySelector('.head > p'))
  left.forEach((line, at) => write(pen, line.trim(), { x: MARGIN, y: 150 + at * 54, size: 38 }))
  right.forEach((line, at) => write(pen, line.trim(), { x: MARGIN, y: 252 + at * 40, size: 28 }))
}

/** As they are broken on the page, also while it is not shown. */
function linesOf(words: Element | null): readonly string[] {
  const copy = words?.cloneNode(true) as Element | undefined
  for (const end of copy?.querySelectorAll('br') ?? []) end.replaceWith('\n')
  return copy?.textContent?.split('\n') ?? []
}

function write(
  pen: CanvasRenderingContext2D,
  words: string,
  { x, y, size }: { readonly x: number; readonly y: number; readonly size: number },
): void {
  pen.font = `${size > 30 ? 600 : 400} ${size}px ${SANS}`
  pen.fillText(words, x, y)
}

function cells(pen: CanvasRenderingContext2D, sheet: HTMLElement): void {
  const width = (WIDTH - 2 * MARGIN) / COLUMNS
  const all = [...sheet.querySelectorAll('.cells li')]
  all.forEach((cell, at) => {
    const x = MARGIN + Math.floor(at / ROWS) * width
    const y = TOP + (at % ROWS) * ROW
    pen.strokeStyle = (at % ROWS) % 7 === 6 ? '#777' : '#ddd'
    pen.beginPath()
    pen.moveTo(x, y + ROW)
    pen.lineTo(x + width - 20, y + ROW)
    pen.stroke()
    pen.fillStyle = '#555'
    pen.font = `24px ${SANS}`
    pen.fillText(cell.querySelector('span')?.textContent ?? '', x, y + 42)
    pen.fillStyle = '#000'
    pen.font = `600 34px ${SANS}`
    pen.fillText(cell.querySelector('b')?.textContent ?? '', x + 58, y + 43)
  })
}

/** Broken between words, so that no line is wider than the page. */
function lines(pen: CanvasRenderingContext2D, words: string): readonly string[] {
  const all: string[] = []
  let line = ''
  for (const word of words.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (pen.measureText(longer).width > WIDTH - 2 * MARGIN) {
      all.push(line)
      line = word
    } else line = longer
  }
  return [...all, line]
}
