import type { Grey } from '#core/documents/measures/grey.ts'

/** What is measured of a small square of the page. */
export interface Tile {
  readonly x: number
  readonly y: number
  /** The brightest twentieth: the paper between the letters. */
  readonly white: number
  /** From the darkest twentieth to the brightest. */
  readonly contrast: number
  /** Variance of the Laplacian. */
  readonly laplacian: number
  /** How much of it is as bright as a picture can be. */
  readonly saturated: number
}

export const TILE_PIXELS = 32
const SATURATED = 252

/** @param isOn whether a tile lies on the page, by its centre */
export function tilesOf(grey: Grey, isOn: (x: number, y: number) => boolean): readonly Tile[] {
  const tiles: Tile[] = []
  for (let top = 1; top + TILE_PIXELS < grey.height; top += TILE_PIXELS) {
    for (let left = 1; left + TILE_PIXELS < grey.width; left += TILE_PIXELS) {
      const [x, y] = [left + TILE_PIXELS / 2, top + TILE_PIXELS / 2]
      if (isOn(x, y)) tiles.push({ x, y, ...measuresOf(grey, left, top) })
    }
  }
  return tiles
}

const COUNT = TILE_PIXELS * TILE_PIXELS

function measuresOf({ width, pixels }: Grey, left: number, top: number): Omit<Tile, 'x' | 'y'> {
  const histogram = new Uint16Array(256)
  // Level, upright, and both ways aslant.
  let [a, b, c, d] = [0, 0, 0, 0]
  for (let y = top; y < top + TILE_PIXELS; y += 1) {
    for (let x = left; x < left + TILE_PIXELS; x += 1) {
      const at = y * width + x
      const pixel = pixels[at] ?? 0
      histogram[pixel] = (histogram[pixel] ?? 0) + 1
      const twice = 2 * pixel
      a += ((pixels[at - 1] ?? 0) + (pixels[at + 1] ?? 0) - twice) ** 2
      b += ((pixels[at - width] ?? 0) + (pixels[at + width] ?? 0) - twice) ** 2
      c += ((pixels[at - width - 1] ?? 0) + (pixels[at + width + 1] ?? 0) - twice) ** 2
      d += ((pixels[at - width + 1] ?? 0) + (pixels[at + width - 1] ?? 0) - twice) ** 2
    }
  }
  const darkest = at(histogram, COUNT * 0.05)
  const white = at(histogram, COUNT * 0.95)
  let saturated = 0
  for (let value = SATURATED; value < 256; value += 1) saturated += histogram[value] ?? 0
  return {
    white,
    contrast: white - darkest,
    laplacian: Math.min(a, b, c, d) / COUNT,
    saturated: saturated / COUNT,
  }
}

function at(histogram: Uint16Array, below: number): number {
  let count = 0
  for (let value = 0; value < 256; value += 1) {
    count += histogram[value] ?? 0
    if (count > below) return value
  }
  return 255
}

/** The value below which so much of a list lies; 0 for an empty one. */
export function shareOf(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
