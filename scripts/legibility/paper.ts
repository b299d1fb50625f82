import type { Browser } from 'playwright-core'
import sharp from 'sharp'
import type { Grey } from '../../src/core/documents/measures/grey.ts'
import { type Chance, chanceOf } from './chance.ts'

/** Pages of people who do not exist, drawn by a browser. */

/** A page as it lies on a table. */
export interface Paper {
  readonly kind: Kind
  readonly widthMm: number
  readonly heightMm: number
  /** How high its letters are, of which a blur takes a share. */
  readonly letterMm: number
  readonly grey: Grey
}

export const KINDS = [
  ...(['letter', 'short-letter', 'bill', 'us-letter', 'landscape'] as const),
  ...(['receipt', 'card', 'passport', 'screen'] as const),
] as const
export type Kind = (typeof KINDS)[number] | 'blank'

interface Shape {
  readonly widthMm: number
  readonly heightMm: number
  readonly letterPt: number
  readonly draw: (chance: Chance) => string
}

const WORDS = (
  'account statement of the period balance amount due before payment reference customer ' +
  'number electricity water supply reading previous current total including tax thank you ' +
  'please keep this letter for your records we confirm that address below is registered with ' +
  'our office services quarter invoice date contract meter residence'
).split(' ')
const NAMES = ['Anna Example', 'Benoît Modèle', 'Carla Muster', 'Dimitri Sample']
const STREETS = ['12 Sample Street', '7 rue du Modèle', 'Musterweg 3', '45 Fiction Road']

const words = (chance: Chance, count: number): string =>
  Array.from({ length: count }, () => chance.pick(WORDS)).join(' ')
const digits = (chance: Chance, count: number): string =>
  Array.from({ length: count }, () => chance.pick([...'0123456789'])).join('')
const sentence = (chance: Chance): string =>
  `${words(chance, Math.round(chance.between(8, 24)))} ${digits(chance, 4)}. `
const paragraphs = (chance: Chance, count: number): string =>
  Array.from(
    { length: count },
    () => `<p>${Array.from({ length: 4 }, () => sentence(chance)).join('')}</p>`,
  ).join('')
const rows = (chance: Chance, count: number): string =>
  Array.from(
    { length: count },
    () =>
      `<tr><td>${words(chance, 3)}<td>${digits(chance, 3)}` +
      `<td align=right>${digits(chance, 2)}.${digits(chance, 2)}`,
  ).join('')
const head = (chance: Chance): string =>
  `<h1>${words(chance, 2)}</h1><p>${chance.pick(NAMES)}<br>${chance.pick(STREETS)}<br>` +
  `${digits(chance, 5)} Exampleton</p><p align=right>${digits(chance, 2)} June 2026</p>`

const LETTER_PT = 10.5
const SHAPES: Readonly<Record<Kind, Shape>> = {
  letter: shape([210, 297], LETTER_PT, (chance) => head(chance) + paragraphs(chance, 7)),
  'short-letter': shape([210, 297], LETTER_PT, (chance) => head(chance) + paragraphs(chance, 2)),
  bill: shape(
    [210, 297],
    9,
    (chance) =>
      `<div style="background:${chance.pick(['#24527a', '#7a2440', '#2f6b3a'])};` +
      'color:#fff;padding:4mm">' +
      `<h1>${words(chance, 2)}</h1></div>${head(chance)}` +
      `<table width=100% border=1>${rows(chance, 16)}</table>${paragraphs(chance, 2)}`,
  ),
  'us-letter': shape([215.9, 279.4], LETTER_PT, (chance) => head(chance) + paragraphs(chance, 6)),
  landscape: shape(
    [297, 210],
    9,
    (chance) => `${head(chance)}<table width=100%>${rows(chance, 22)}</table>`,
  ),
  receipt: shape(
    [80, 210],
    9,
    (chance) =>
      `<style>body{padding:5mm;font-family:monospace}</style><h2>${words(chance, 2)}</h2>` +
      `<table width=100%>${rows(chance, 30)}</table>`,
  ),
  card: shape([85.6, 53.98], 7, (chance) => {
    const [one, other] = chance.pick([
      ['#dcebf5', '#f6e3ea'],
      ['#e5f0dc', '#f3efda'],
      ['#cfe0ea', '#e6d9ef'],
    ])
    return (
      `<style>body{padding:4mm;background:linear-gradient(100deg,${one},${other})}</style>` +
      '<b>IDENTITY CARD · CARTE</b><div style="display:flex;gap:4mm;margin-top:3mm">' +
      '<div style="width:24mm;height:31mm;background:radial-gradient(circle at 50% 40%,' +
      '#c79a7b 28%,#4a3b35 30%,#4a3b35 42%,#b9c4cc 44%)"></div>' +
      `<div>Surname<br><b>${chance.pick(NAMES).toUpperCase()}</b><br>Date of birth<br>` +
      `<b>${digits(chance, 2)} 06 1985</b><br>Card number<br><b>${digits(chance, 9)}</b><br>` +
      `Authority<br><b>EXAMPLETON</b></div></div>`
    )
  }),
  passport: shape([125, 88], 8, (chance) => {
    const name = chance.pick(['EXAMPLE<<ANNA', 'MUSTER<<CARLA', 'SAMPLE<<DIMITRI'])
    const line = `${name}${'<'.repeat(36)}`.slice(0, 36)
    return (
      '<style>body{padding:6mm;background:linear-gradient(160deg,#e6eef2,#f3e9e2)}</style>' +
      '<b>PASSPORT · PASSEPORT</b><div style="display:flex;gap:6mm;margin:4mm 0 6mm">' +
      '<div style="width:33mm;height:42mm;background:radial-gradient(circle at 50% 40%,' +
      '#d6b197 28%,#30292a 30%,#30292a 42%,#c9d1d6 44%)"></div>' +
      `<div>Surname<br><b>${chance.pick(NAMES)}</b><br>Nationality<br><b>EXAMPLE</b><br>` +
      `Passport no.<br><b>${digits(chance, 9)}</b><br>Date of issue<br>` +
      '<b>04 06 2021</b></div></div>' +
      `<pre style="font:10.5pt monospace;margin:0">P&lt;UTO${line.replaceAll('<', '&lt;')}\n` +
      `${digits(chance, 9)}0UTO8506045F3106042&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;00</pre>`
    )
  }),
  screen: shape(
    [210, 297],
    LETTER_PT,
    (chance) => head(chance) + paragraphs(chance, 4) + `<table>${rows(chance, 8)}</table>`,
  ),
  blank: shape([210, 297], LETTER_PT, () => ''),
}

function shape(
  [widthMm, heightMm]: readonly [number, number],
  letterPt: number,
  draw: Shape['draw'],
): Shape {
  return { widthMm, heightMm, letterPt, draw }
}

const MM_PER_INCH = 25.4
const CSS_DPI = 96

/** Draws one page; cards finer than paper, because they are photographed from nearer. */
export async function paperOf(browser: Browser, kind: Kind, seed: number): Promise<Paper> {
  const chance = chanceOf(seed)
  const { widthMm, heightMm, letterPt, draw } = SHAPES[kind]
  const dpi = widthMm > 180 ? 260 : 480
  const css = (mm: number) => Math.round((mm / MM_PER_INCH) * CSS_DPI)
  const page = await browser.newPage({
    viewport: { width: css(widthMm), height: css(heightMm) },
    deviceScaleFactor: dpi / CSS_DPI,
  })
  const font = chance.pick(['serif', 'sans-serif', 'sans-serif', 'monospace'])
  const fits = kind === 'card' || kind === 'passport' ? 'sans-serif' : font
  await page.setContent(
    `<!doctype html><style>html{background:#fff}body{margin:0;padding:18mm;overflow:hidden;` +
      `box-sizing:border-box;height:100vh;font:${letterPt}pt/1.3 ${fits};color:#222}` +
      `table{font-size:inherit;border-collapse:collapse}</style>` +
      `<div style="height:100%;overflow:hidden">${draw(chance)}</div>`,
  )
  const picture = await page.screenshot({ type: 'png' })
  await page.close()
  const { data, info } = await sharp(picture)
    .flatten()
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const grey = { width: info.width, height: info.height, pixels: new Uint8Array(data) }
  return { kind, widthMm, heightMm, letterMm: (letterPt / 72) * MM_PER_INCH, grey }
}
