import type { Measures } from '#core/documents/legibility.ts'
import {
  type Grey,
  histogramOf,
  percentileOf,
  shrunk,
  wholeOf,
} from '#core/documents/measures/grey.ts'
import { type FoundPage, pageIn } from '#core/documents/measures/page.ts'
import { linePitchIn } from '#core/documents/measures/lines.ts'
import { isInside, type Point } from '#core/documents/measures/shapes.ts'
import { shareOf, type Tile, TILE_PIXELS, tilesOf } from '#core/documents/measures/tiles.ts'

/** Of the longer side, to find the page. */
const SMALL_PIXELS = 400
/**
 * At which text is measured. A blur that is not to be seen at this scale takes no letter, and one
 * that is stays: each of its pixels is the mean of those that it covers.
 */
const READING_DPI = 120
const CARD_READING_DPI = 180

/** Measures how well the page in a picture can be read. */
export function measured(grey: Grey): Measures {
  const scale = Math.min(1, SMALL_PIXELS / Math.max(grey.width, grey.height))
  const found = pageIn(shrunk(grey, wholeOf(grey), scale))
  const corners = found.corners?.map(({ x, y }) => ({ x: x / scale, y: y / scale })) ?? null
  return corners ? ofPage(grey, corners, found) : ofWhole(grey, found)
}

interface Size {
  readonly dpi: number
  readonly isCard: boolean
}

function ofPage(grey: Grey, corners: readonly Point[], found: FoundPage): Measures {
  const size = sizeOf(corners)
  const reading = Math.min(1, (size.isCard ? CARD_READING_DPI : READING_DPI) / size.dpi)
  const near = shrunk(grey, wholeOf(grey), reading)
  const shape = corners.map(({ x, y }) => ({ x: x * reading, y: y * reading }))
  const isOn = (inset: number) => (x: number, y: number) => isInside(shape, { x, y }, inset)
  const tiles = tilesOf(near, isOn(TILE_PIXELS))
  const text = textOf(near, tiles)
  const beside = tilesOf(near, (x, y) => !isOn(-TILE_PIXELS)(x, y)).filter(
    (tile) => isText(tile) && isAsSharp(tile, text.sharpness),
  )
  return {
    ...text,
    evenness: Math.min(text.evenness, evennessBeside(tiles.filter(isText), beside)),
    dpi: round(size.dpi),
    skew: round(skewOf(corners)),
    cutSides: found.cutSides,
    // Both sides of a card lie in one picture.
    pages: size.isCard ? 1 : found.pages,
  }
}

/** Text goes on beside what was taken for the page: that is the part of it which has light. */
const BESIDE_MIN = 0.4
/** A shadow takes more than half of the light; wood is brighter than that. */
const SHADED_MAX = 0.45

/** Text, and neither the grain of a table nor noise in the dark. */
const isAsSharp = ({ laplacian, contrast }: Tile, sharpness: number): boolean =>
  contrast > 24 && laplacian > 0.4 * sharpness * contrast ** 2

function evennessBeside(texts: readonly Tile[], beside: readonly Tile[]): number {
  if (beside.length < BESIDE_MIN * texts.length || texts.length === 0) return 1
  const [lit, shaded] = [texts, beside].map((some) =>
    shareOf(
      some.map(({ white }) => white),
      0.5,
    ),
  )
  const share = (shaded ?? 0) / Math.max(1, lit ?? 0)
  return share < SHADED_MAX ? round(share) : 1
}

/** From line to line of a usual text. */
const PITCH_INCHES = 12.5 / 72

/** No edge of the page is to be seen: a scan, a white table, or a camera that was too near. */
function ofWhole(grey: Grey, found: FoundPage): Measures {
  const longer = Math.max(grey.width, grey.height)
  const half = shrunk(grey, wholeOf(grey), Math.min(1, (READING_DPI * 1.5 * A4_INCHES) / longer))
  const dpi = dpiOfText(half) * (grey.width / half.width)
  const near = shrunk(grey, wholeOf(grey), Math.min(1, READING_DPI / dpi))
  const tiles = tilesOf(near, () => true)
  // At the same scale whatever the text: how near it comes to a border.
  const texts = tilesOf(half, () => true).filter(isText)
  const rim = TILE_PIXELS * 1.6
  const isAt = (on: (tile: Tile) => boolean, length: number) =>
    texts.filter(on).length > Math.max(2, (length / TILE_PIXELS) * 0.06)
  const cutSides = [
    isAt(({ y }) => y < rim, half.width),
    isAt(({ x }) => x > half.width - rim, half.height),
    isAt(({ y }) => y > half.height - rim, half.width),
    isAt(({ x }) => x < rim, half.height),
  ].filter(Boolean).length
  const seen = tilesAmong(tiles, tiles.filter(isText))
  return { ...textOf(near, seen), dpi: round(dpi), skew: 0, cutSides, pages: found.pages }
}

/** The tiles from the first with text to the last: the page, as far as it can be told. */
function tilesAmong(tiles: readonly Tile[], texts: readonly Tile[]): readonly Tile[] {
  if (texts.length === 0) return tiles
  const { left, right, top, bottom } = reachOf(texts)
  return tiles.filter(({ x, y }) => x >= left && x <= right && y >= top && y <= bottom)
}

function reachOf(texts: readonly Tile[]) {
  const xs = texts.map(({ x }) => x)
  const ys = texts.map(({ y }) => y)
  const [left, right] = [shareOf(xs, 0.02), shareOf(xs, 0.98)]
  return { left, right, top: shareOf(ys, 0.02), bottom: shareOf(ys, 0.98) }
}

/** How fine a page is whose edges are not seen, by how far apart its lines are. */
function dpiOfText(half: Grey): number {
  const texts = tilesOf(half, () => true).filter(isText)
  const whole = Math.max(half.width, half.height) / A4_INCHES
  if (texts.length === 0) return whole
  const { left, right, top, bottom } = reachOf(texts)
  const from = { left: Math.max(0, left - TILE_PIXELS), top: Math.max(0, top - TILE_PIXELS) }
  const box = {
    ...from,
    width: Math.min(half.width, right + TILE_PIXELS) - from.left,
    height: Math.min(half.height, bottom + TILE_PIXELS) - from.top,
  }
  const pitch = linePitchIn(half, box)
  return pitch === null ? whole : pitch / PITCH_INCHES
}

const A4_INCHES = 11.69

/** Less is the grain of paper. */
const TEXT_CONTRAST = 0.22
const FAINT_CONTRAST = 0.07

const isText = ({ white, contrast }: Tile): boolean => contrast > Math.max(6, TEXT_CONTRAST * white)
const isFaint = ({ white, contrast }: Tile): boolean =>
  contrast > Math.max(4, FAINT_CONTRAST * white)

/** The portrait on a card takes less of it, and a shadow that matters takes more. */
const DARKER = 0.2

type OfText = Pick<Measures, 'sharpness' | 'white' | 'evenness' | 'glare' | 'written'>

function textOf(near: Grey, tiles: readonly Tile[]): OfText {
  const texts = tiles.filter(isText)
  const seen = texts.length > tiles.length * 0.005 ? texts : tiles.filter(isFaint)
  const noise = shareOf(
    tiles.map(({ laplacian }) => laplacian),
    0.05,
  )
  const sharpness = seen.map(
    ({ laplacian, contrast }) => Math.max(0, laplacian - noise) / contrast ** 2,
  )
  const whites = (seen.length > 0 ? seen : tiles).map(({ white }) => white)
  const paper = tiles.map((tile) => tile.white)
  // Of a picture that is smaller than a tile, its own.
  const white =
    whites.length > 0 ? shareOf(whites, 0.5) : percentileOf(histogramOf(near.pixels), 0.9)
  const swallowed = tiles.filter((tile) => tile.saturated > 0.7 && !isText(tile) && white < 245)
  return {
    sharpness: round(shareOf(sharpness, 0.75)),
    white,
    evenness:
      paper.length > 0 ? round(shareOf(paper, DARKER) / Math.max(1, shareOf(paper, 0.9))) : 1,
    glare: round(swallowed.length / Math.max(1, tiles.length)),
    written: round(tiles.filter(isFaint).length / Math.max(1, tiles.length)),
  }
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000

const lengthOf = (from: Point | undefined, to: Point | undefined): number =>
  from && to ? Math.hypot(to.x - from.x, to.y - from.y) : 0

function sidesOf(corners: readonly Point[]) {
  const sides = corners.map((corner, at) => lengthOf(corner, corners[(at + 1) % 4]))
  const [a = 0, b = 0, c = 0, d = 0] = sides
  const [one, other] = [(a + c) / 2, (b + d) / 2]
  return { long: Math.max(one, other), short: Math.min(one, other), isFirstLong: one >= other }
}

/** Cards of a wallet. @see ISO/IEC 7810, "Identification cards", ID-1 */
const CARD = { longInches: 85.6 / 25.4, from: 1.5, to: 1.72 }
/** Receipts are of any length, and eighty millimetres wide. */
const RECEIPT = { shortInches: 80 / 25.4, from: 1.85 }

/** How fine a page is, by what its shape says that it is. */
function sizeOf(corners: readonly Point[]): Size {
  const { long, short } = sidesOf(corners)
  const ratio = long / Math.max(1, short)
  if (ratio >= RECEIPT.from) return { dpi: short / RECEIPT.shortInches, isCard: true }
  if (ratio >= CARD.from && ratio <= CARD.to) return { dpi: long / CARD.longInches, isCard: true }
  return { dpi: long / A4_INCHES, isCard: false }
}

/** Degrees of its long sides from upright, or from level: 0 to 45. */
function skewOf(corners: readonly Point[]): number {
  const { isFirstLong } = sidesOf(corners)
  const [from, to] = isFirstLong ? [corners[0], corners[1]] : [corners[1], corners[2]]
  if (!from || !to) return 0
  const degrees = Math.abs((Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI) % 90
  return Math.min(degrees, 90 - degrees)
}
