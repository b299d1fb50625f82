import type { Browser } from 'playwright-core'
import sharp from 'sharp'
import type { Advice } from '../../src/core/documents/legibility.ts'
import type { Grey } from '../../src/core/documents/measures/grey.ts'
import { type Chance, chanceOf } from './chance.ts'
import { type Kind, KINDS, type Paper, paperOf } from './paper.ts'
import { type Corner, photographed, type Scene } from './scene.ts'

/** What was done wrong in a picture; `null` for a good one. */
export interface Shot {
  readonly seed: number
  readonly kind: Kind
  readonly table: TableName
  readonly flaw: Advice | null
  readonly jpeg: Buffer
}

const TABLES = {
  dark: { white: 0.12, grain: 0.25 },
  wood: { white: 0.42, grain: 0.3 },
  white: { white: 0.93, grain: 0.02 },
} as const
export type TableName = keyof typeof TABLES

const FLAWS: readonly Advice[] = [
  ...(['blank', 'dark', 'cut-off', 'two-pages', 'too-far'] as const),
  ...(['glare', 'shadow', 'blurred', 'blurred', 'skewed'] as const),
]

/** Sizes of telephones, held either way; 12 megapixels in one of five, because they take time. */
const SIZES = [
  [3_024, 4_032],
  [1_944, 2_592],
  [2_172, 1_629],
  [1_629, 2_172],
  [1_629, 2_172],
] as const

const MM_PER_INCH = 25.4

/** Keeps the pages that it has drawn: many pictures are of one page. */
export function camera(browser: Browser): (seed: number) => Promise<Shot> {
  const drawn = new Map<string, Promise<Paper>>()
  const paper = async (kind: Kind, number: number) => {
    const name = `${kind} ${number}`
    const made = drawn.get(name) ?? paperOf(browser, kind, number)
    drawn.set(name, made)
    return await made
  }
  return async (seed) => await taken(seed, paper)
}

async function taken(
  seed: number,
  paper: (kind: Kind, number: number) => Promise<Paper>,
): Promise<Shot> {
  const chance = chanceOf(seed * 7_919)
  // One of two is good, and so are those at the edge of what is good.
  const flaw = seed % 2 === 0 ? null : (FLAWS[((seed - 1) / 2) % FLAWS.length] ?? null)
  const kind = flaw === 'blank' ? 'blank' : kindFor(chance, flaw)
  const table = kind === 'screen' ? 'dark' : tableFor(chance, flaw)
  const page = await paper(kind, Math.floor(chance.between(1, 5)))
  const scene = sceneOf(chance, { seed, flaw, page, table })
  return { seed, kind, table, flaw, jpeg: await jpegOf(chance, await photographed(scene)) }
}

/** Two small cards in one picture are both sides of one. */
const kindFor = (chance: Chance, flaw: Advice | null): Kind =>
  flaw === 'two-pages' ? chance.pick(['letter', 'bill', 'us-letter']) : chance.pick(KINDS)

/** What lies on a white table has no edge: two pages on it are one, and a card is all of it. */
const tableFor = (chance: Chance, flaw: Advice | null): TableName =>
  flaw === 'two-pages' || flaw === 'skewed'
    ? chance.pick(['dark', 'wood'])
    : chance.pick(['dark', 'dark', 'wood', 'wood', 'white'])

/** A small page is photographed as finely as a telephone can. */
function sizeFor(chance: Chance, { kind, widthMm, heightMm }: Paper): Corner {
  const chosen: Corner = kind === 'passport' ? SIZES[0] : chance.pick(SIZES)
  const dpi = Math.min(chosen[0] / widthMm, chosen[1] / heightMm) * MM_PER_INCH
  if (dpi > ROOM_DPI) return chosen
  return widthMm > heightMm ? [SIZES[0][1], SIZES[0][0]] : SIZES[0]
}

/** With room around the page, and at more than what is asked. */
const ROOM_DPI = 185

interface Wanted {
  readonly seed: number
  readonly flaw: Advice | null
  readonly page: Paper
  readonly table: TableName
}

function sceneOf(chance: Chance, { seed, flaw, page, table }: Wanted): Scene {
  const [width, height] = sizeFor(chance, page)
  const is = (one: Advice) => flaw === one
  const dpiMax = Math.min(
    (width * 0.94) / (page.widthMm / MM_PER_INCH),
    (height * 0.94) / (page.heightMm / MM_PER_INCH),
  )
  const usual =
    page.kind === 'passport'
      ? chance.between(360, 480)
      : page.widthMm < 180
        ? chance.between(210, 420)
        : chance.between(172, 260)
  const dpi = is('too-far') ? chance.between(45, 95) : Math.min(usual, dpiMax)
  const angle = is('skewed')
    ? (chance.between(27, 43) * Math.PI) / 180
    : (chance.between(-6, 6) * Math.PI) / 180
  const px = (mm: number) => (mm / MM_PER_INCH) * dpi
  let size: Corner = [px(page.widthMm), px(page.heightMm)]
  const room = fitting(size, angle, [width * 0.97, height * 0.97])
  if (!is('too-far') && room < 1) size = [size[0] * room, size[1] * room]
  const perEm = (size[0] / page.widthMm) * page.letterMm
  let centre: Corner = [
    width / 2 + slack(chance, size, angle, [width, height], 0),
    height / 2 + slack(chance, size, angle, [width, height], 1),
  ]
  if (is('cut-off')) ({ centre, size } = cut(chance, { size, width, height }))
  const bent = () => chance.between(-0.012, 0.012)
  const corners = ([-1, 1, 1, -1] as const).map((sideX, at): Corner => {
    const sideY = at < 2 ? -1 : 1
    const [x, y] = [(sideX / 2) * (1 + bent()) * size[0], (sideY / 2) * (1 + bent()) * size[1]]
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
    return [centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos]
  }) as unknown as Scene['sheets'][number]['corners']
  const sheets = [{ grey: page.grey, corners }]
  if (is('two-pages')) {
    const all = besides(chance, corners, [width, height])
    sheets.splice(0, 1, ...all.map((one) => ({ grey: page.grey, corners: one })))
  }
  const blurred = is('blurred')
  const shakes = blurred && chance.isIt(0.4)
  const exposure = is('dark') ? chance.between(0.05, 0.17) : chance.between(0.55, 0.95)
  return {
    width,
    height,
    sheets,
    table: TABLES[table],
    exposure,
    slope: { angle: chance.between(0, 6), loss: chance.between(0, 0.22) },
    shadow: is('shadow')
      ? {
          angle: chance.between(0, 6),
          offset: chance.between(-0.1, 0.12) * Math.min(...size),
          x: centre[0],
          y: centre[1],
          softness: chance.between(0.01, 0.06) * width,
          left: chance.between(0.2, 0.42),
        }
      : chance.isIt(0.3)
        ? {
            angle: chance.between(0, 6),
            offset: chance.between(-0.2, 0.2) * width,
            x: centre[0],
            y: centre[1],
            softness: chance.between(0.05, 0.2) * width,
            left: chance.between(0.76, 0.95),
          }
        : null,
    glare: is('glare')
      ? {
          x: centre[0] + chance.between(-0.15, 0.15) * size[0],
          y: centre[1] + chance.between(-0.2, 0.1) * size[1],
          radius: chance.between(0.16, 0.3) * Math.min(...size),
          strength: chance.between(1.1, 1.6),
        }
      : chance.isIt(0.25)
        ? {
            x: centre[0] + chance.between(-0.3, 0.3) * size[0],
            y: centre[1] + chance.between(-0.3, 0.3) * size[1],
            radius: chance.between(0.2, 0.5) * size[0],
            strength: chance.between(0.02, 0.08),
          }
        : null,
    blur:
      perEm *
      (blurred ? (shakes ? 0.02 : chance.between(0.13, 0.28)) : chance.between(0.01, 0.035)),
    motion: {
      length: perEm * (shakes ? chance.between(0.5, 0.9) : chance.isIt(0.3) ? 0.06 : 0),
      angle: chance.between(0, 3),
    },
    moire: page.kind === 'screen' ? chance.between(0.03, 0.1) : 0,
    noise: chance.between(0.8, 4),
    seed,
  }
}

/** How much smaller it has to be to fit when it is turned. */
function fitting([wide, high]: Corner, angle: number, [width, height]: Corner): number {
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))]
  return Math.min(width / (wide * cos + high * sin), height / (wide * sin + high * cos))
}

function slack(chance: Chance, [wide, high]: Corner, angle: number, all: Corner, axis: 0 | 1) {
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))]
  const covered = axis === 0 ? wide * cos + high * sin : wide * sin + high * cos
  const free = Math.max(0, (all[axis] * 0.97 - covered) / 2)
  return chance.between(-free, free)
}

/** Over one border or two, or nearer than all four. */
function cut(
  chance: Chance,
  {
    size,
    width,
    height,
  }: { readonly size: Corner; readonly width: number; readonly height: number },
): { readonly centre: Corner; readonly size: Corner } {
  if (chance.isIt(0.3)) {
    const larger = Math.max(width / size[0], height / size[1]) * chance.between(1.12, 1.3)
    return { centre: [width / 2, height / 2], size: [size[0] * larger, size[1] * larger] }
  }
  const [lostX, lostY] = chance.pick([
    [chance.between(0.15, 0.35), 0],
    [0, chance.between(0.12, 0.35)],
    [chance.between(0.15, 0.3), chance.between(0.12, 0.3)],
  ])
  const [sideX, sideY] = [chance.pick([-1, 1]), chance.pick([-1, 1])]
  const x = lostX === 0 ? width / 2 : width / 2 + sideX * (width / 2 - size[0] * (0.5 - lostX))
  const y = lostY === 0 ? height / 2 : height / 2 + sideY * (height / 2 - size[1] * (0.5 - lostY))
  return { centre: [x, y], size }
}

/** Two pages that are half as large, beside each other with the table between them. */
function besides(chance: Chance, corners: Scene['sheets'][number]['corners'], all: Corner) {
  const [width, height] = all
  const isWide = width > height
  const wide = isWide ? width * 0.44 : Math.min(width * 0.44, height * 0.6)
  const gap = chance.between(0.015, 0.04) * width
  const ratio =
    Math.hypot(corners[3][0] - corners[0][0], corners[3][1] - corners[0][1]) /
    Math.hypot(corners[1][0] - corners[0][0], corners[1][1] - corners[0][1])
  const high = Math.min(wide * ratio, height * 0.94)
  const fits = high / ratio
  const top = (height - high) / 2
  return [width / 2 - gap / 2 - fits, width / 2 + gap / 2].map(
    (left) =>
      [
        [left, top],
        [left + fits, top + chance.between(-0.01, 0.01) * high],
        [left + fits, top + high],
        [left, top + high],
      ] as const,
  )
}

/** Small in one of eight, and turned by the orientation that a telephone writes. */
async function jpegOf(chance: Chance, { width, height, pixels }: Grey): Promise<Buffer> {
  const quality = chance.isIt(0.12) ? 10 : chance.pick([70, 85, 92])
  const [orientation, undone] = chance.pick(HELD)
  return await sharp(pixels, { raw: { width, height, channels: 1 } })
    .rotate(undone)
    .jpeg({ quality })
    .withMetadata({ orientation })
    .toBuffer()
}

/** An orientation of EXIF, and the turn that it undoes. */
const HELD = [
  [1, 0],
  [1, 0],
  [3, 180],
  [6, 270],
  [8, 90],
] as const
