/** A picture in shades of grey, row by row from the top. */
export interface Grey {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array
}

/** A part of a picture, in its pixels. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

export const wholeOf = ({ width, height }: Grey): Box => ({ left: 0, top: 0, width, height })

/**
 * A part of a picture at a smaller scale: each new pixel is the mean of those that it covers, so
 * that a blur stays and noise goes. A picture is never enlarged.
 */
export function shrunk(grey: Grey, box: Box, scale: number): Grey {
  const factor = Math.max(1, 1 / scale)
  const width = Math.max(1, Math.floor(box.width / factor))
  const height = Math.max(1, Math.floor(box.height / factor))
  const pixels = new Uint8Array(width * height)
  const sums = new Float64Array(width)
  const counts = new Float64Array(width)
  const columns = Uint32Array.from({ length: box.width }, (_, x) =>
    Math.min(width - 1, Math.floor(x / factor)),
  )
  let row = 0
  const finish = () => {
    for (let x = 0; x < width; x += 1) {
      pixels[row * width + x] = Math.round((sums[x] ?? 0) / Math.max(1, counts[x] ?? 1))
    }
    sums.fill(0)
    counts.fill(0)
  }
  for (let y = 0; y < box.height; y += 1) {
    const to = Math.min(height - 1, Math.floor(y / factor))
    if (to !== row) {
      finish()
      row = to
    }
    const from = (box.top + y) * grey.width + box.left
    for (let x = 0; x < box.width; x += 1) {
      const column = columns[x] ?? 0
      sums[column] = (sums[column] ?? 0) + (grey.pixels[from + x] ?? 0)
      counts[column] = (counts[column] ?? 0) + 1
    }
  }
  finish()
  return { width, height, pixels }
}

/** The picture without what is dark and narrower than twice the radius, such as text. */
export function withoutText(grey: Grey, radius: number): Grey {
  const brightest = (one: number, other: number) => Math.max(one, other)
  const darkest = (one: number, other: number) => Math.min(one, other)
  // What is at a border goes on beyond it, so that nothing grows there.
  const wide = padded(grey, 2 * radius)
  const swept = turned(rowsOf(turned(rowsOf(wide, radius, brightest)), radius, brightest))
  const back = turned(rowsOf(turned(rowsOf(swept, radius, darkest)), radius, darkest))
  const box = { left: 2 * radius, top: 2 * radius, width: grey.width, height: grey.height }
  return shrunk(back, box, 1)
}

function padded({ width, height, pixels }: Grey, by: number): Grey {
  const [wide, high] = [width + 2 * by, height + 2 * by]
  const all = new Uint8Array(wide * high)
  for (let y = 0; y < high; y += 1) {
    const from = Math.min(height - 1, Math.max(0, y - by)) * width
    for (let x = 0; x < wide; x += 1)
      all[y * wide + x] = pixels[from + Math.min(width - 1, Math.max(0, x - by))] ?? 0
  }
  return { width: wide, height: high, pixels: all }
}

/** The best of each stretch of a row. */
function rowsOf(
  { width, height, pixels }: Grey,
  radius: number,
  best: (one: number, other: number) => number,
): Grey {
  const rows = new Uint8Array(pixels.length)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let found = pixels[y * width + x] ?? 0
      const last = Math.min(width - 1, x + radius)
      for (let at = Math.max(0, x - radius); at <= last; at += 1)
        found = best(found, pixels[y * width + at] ?? 0)
      rows[y * width + x] = found
    }
  }
  return { width, height, pixels: rows }
}

/** Rows become columns. */
export function turned({ width, height, pixels }: Grey): Grey {
  const all = new Uint8Array(pixels.length)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) all[x * height + y] = pixels[y * width + x] ?? 0
  }
  return { width: height, height: width, pixels: all }
}

/** The value below which so much of a histogram lies. */
export function percentileOf(histogram: Uint32Array, share: number): number {
  let total = 0
  for (const count of histogram) total += count
  let below = 0
  for (const [value, count] of histogram.entries()) {
    below += count
    if (below > total * share) return value
  }
  return histogram.length - 1
}

export function histogramOf(pixels: Iterable<number>): Uint32Array {
  const histogram = new Uint32Array(256)
  for (const pixel of pixels) histogram[pixel] = (histogram[pixel] ?? 0) + 1
  return histogram
}

/** Where a histogram is best cut in two. @see Otsu 1979, "A Threshold Selection Method" */
export function cutOf(histogram: Uint32Array): { readonly at: number; readonly apart: number } {
  let [total, sum] = [0, 0]
  for (const [value, count] of histogram.entries()) {
    total += count
    sum += value * count
  }
  let [below, sumBelow, best, at, apart] = [0, 0, -1, 0, 0]
  for (const [value, count] of histogram.entries()) {
    below += count
    sumBelow += value * count
    const above = total - below
    if (below === 0 || above === 0) continue
    const distance = (sum - sumBelow) / above - sumBelow / below
    const between = below * above * distance * distance
    if (between > best) [best, at, apart] = [between, value, distance]
  }
  return { at, apart }
}
