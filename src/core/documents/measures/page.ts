import { cutOf, type Grey, histogramOf, withoutText } from '#core/documents/measures/grey.ts'
import {
  areaOf,
  type Blob,
  blobsOf,
  cornersOf,
  hullOf,
  type Point,
} from '#core/documents/measures/shapes.ts'

/** Where the page lies in a picture, found on a small copy of it. */
export interface FoundPage {
  /** Its corners in the small picture, clockwise; `null` where no edge of it is to be seen. */
  readonly corners: readonly Point[] | null
  /** How many borders of the picture it runs over. */
  readonly cutSides: number
  readonly pages: number
}

/** Of its border, before a page counts as running over it. */
const ON_BORDER = 0.04
/** Less of the picture is a stamp or a reflection. */
const AREA_MIN = 0.012
/** What is darker than its table is a card, and not the portrait on it. */
const DARK_AREA_MIN = 0.075
/** A page fills its hull; what does less is light on a table. */
const FILLED_MIN = 0.86
/** How much brighter than the table a page is, so that its edge is one. */
const APART_MIN = 16
/** How much of that lies within a few pixels of its edge: light fades, and paper ends. */
const EDGE_MIN = 0.45
const EDGE_PIXELS = 3
/** A second page is nearly as large as the first. */
const SECOND_MIN = 0.4
const NOWHERE: FoundPage = { corners: null, cutSides: 4, pages: 1 }

/** @param small the picture with some four hundred pixels at its longer side */
export function pageIn(small: Grey): FoundPage {
  const paper = withoutText(small, 1)
  const histogram = histogramOf(paper.pixels)
  const { at, apart } = cutOf(histogram)
  if (apart < APART_MIN) return NOWHERE
  const brighterThan = (than: number, by: number) =>
    by < APART_MIN
      ? null
      : found(paper, { apart: by, areaMin: AREA_MIN, isPage: (pixel) => pixel > than })
  const bright = brighterThan(at, apart)
  // A page that is half in the shadow is of two shades, both brighter than its table.
  const below = cutOf(histogram.map((count, value) => (value <= at ? count : 0)))
  const shaded = brighterThan(below.at, below.apart)
  if (shaded?.corners && shaded.cutSides === 0 && shaded.area > LARGER * (bright?.area ?? 0))
    return shaded
  if (bright?.corners && bright.cutSides < 4) return bright
  // A small page on a table that is itself of two shades.
  const above = cutOf(histogram.map((count, value) => (value > at ? count : 0)))
  const brighter = brighterThan(above.at, above.apart)
  if (brighter?.corners && brighter.cutSides === 0) return brighter
  const isPage = (pixel: number) => pixel <= at
  const dark = found(paper, { apart, areaMin: DARK_AREA_MIN, isPage })
  return dark?.corners && dark.cutSides === 0 ? dark : NOWHERE
}

/** By how much, before the larger of two is the page. */
const LARGER = 1.15

interface Wanted {
  readonly apart: number
  readonly areaMin: number
  readonly isPage: (pixel: number) => boolean
}

function found(
  paper: Grey,
  { apart, areaMin, isPage }: Wanted,
): (FoundPage & { readonly area: number }) | null {
  const { width, height, pixels } = paper
  const mask = Uint8Array.from(pixels, (pixel) => (isPage(pixel) ? 1 : 0))
  const { blobs, labels } = blobsOf(mask, width, height)
  const [largest, second] = blobs
  if (!largest || largest.area < areaMin * width * height) return null
  const cutSides = largest.onBorders.filter(
    (count, side) => count > ON_BORDER * (side % 2 === 0 ? width : height),
  ).length
  if (edgeOf(paper, labels, largest) < EDGE_MIN * apart) return null
  const isTwo =
    second !== undefined && second.area > SECOND_MIN * largest.area && quadOf(second) !== null
  return { corners: quadOf(largest), cutSides, pages: isTwo ? 2 : 1, area: largest.area }
}

/** The median of how much it changes across the rim of a blob, as far as that is in the picture. */
function edgeOf({ width, height, pixels }: Grey, labels: Uint32Array, { rim, label }: Blob) {
  const steps: number[] = []
  for (const { x, y } of rim) {
    const isRight = labels[y * width + x] !== label
    const [inner, outer] = isRight
      ? [x - 1 - EDGE_PIXELS, x - 1 + EDGE_PIXELS]
      : [x + EDGE_PIXELS, x - EDGE_PIXELS]
    if (y >= height || inner < 0 || outer < 0 || inner >= width || outer >= width) continue
    steps.push(Math.abs((pixels[y * width + inner] ?? 0) - (pixels[y * width + outer] ?? 0)))
  }
  return steps.sort((one, other) => one - other)[Math.floor(steps.length / 2)] ?? 0
}

/** The corners of what has four; `null` for what does not fill its hull. */
function quadOf({ rim, area }: Blob): readonly Point[] | null {
  const hull = hullOf(rim)
  const corners = cornersOf(hull)
  const filled = area / Math.max(1, areaOf(hull))
  return corners.length === 4 && filled >= FILLED_MIN && areaOf(corners) > 0.8 * areaOf(hull)
    ? corners
    : null
}
