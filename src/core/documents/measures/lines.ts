import { type Box, type Grey, turned } from '#core/documents/measures/grey.ts'

/** Wide enough for some words, and narrow enough for lines that are a little aslant. */
const STRIP_PIXELS = 48
const LEAST_PIXELS = 5
const MOST_PIXELS = 80
/** How alike the lines of a text are; less is chance. */
const ALIKE_MIN = 0.12

/**
 * How far it is from one line of text to the next, in pixels, whichever way the text runs. It stays
 * the same when the text is blurred. `null` where there are no lines.
 */
export function linePitchIn(grey: Grey, box: Box): number | null {
  const level = pitchOf(grey, box)
  const box_ = { left: box.top, top: box.left, width: box.height, height: box.width }
  const upright = pitchOf(turned(grey), box_)
  return (level.alike >= upright.alike ? level : upright).pitch
}

interface Pitch {
  readonly pitch: number | null
  readonly alike: number
}

/** How like itself each strip is when it is moved down, all strips together. */
function pitchOf(grey: Grey, { left, top, width, height }: Box): Pitch {
  const alike = new Float64Array(Math.min(MOST_PIXELS, Math.floor(height / 3)) + 1)
  for (let from = left; from + STRIP_PIXELS <= left + width; from += STRIP_PIXELS) {
    const profile = new Float64Array(height)
    for (let y = 0; y < height; y += 1) {
      const row = (top + y) * grey.width + from
      let sum = 0
      for (let x = 0; x < STRIP_PIXELS; x += 1) sum += grey.pixels[row + x] ?? 0
      profile[y] = sum / STRIP_PIXELS
    }
    const even = levelled(profile)
    for (let lag = 0; lag < alike.length; lag += 1) {
      let sum = 0
      for (let y = 0; y + lag < height; y += 1) sum += (even[y] ?? 0) * (even[y + lag] ?? 0)
      alike[lag] = (alike[lag] ?? 0) + sum / (height - lag)
    }
  }
  return firstPeak(alike)
}

/** A profile without what changes slowly, such as light. */
function levelled(profile: Float64Array): Float64Array {
  const sums = new Float64Array(profile.length + 1)
  for (let at = 0; at < profile.length; at += 1) sums[at + 1] = (sums[at] ?? 0) + (profile[at] ?? 0)
  return profile.map((value, at) => {
    const from = Math.max(0, at - MOST_PIXELS / 2)
    const to = Math.min(profile.length, at + MOST_PIXELS / 2)
    return value - ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from)
  })
}

function firstPeak(alike: Float64Array): Pitch {
  const own = alike[0] ?? 0
  if (own <= 0) return { pitch: null, alike: 0 }
  let lag = 1
  while (lag < alike.length && (alike[lag] ?? 0) > 0) lag += 1
  let best: Pitch = { pitch: null, alike: 0 }
  for (; lag < alike.length - 1; lag += 1) {
    const here = (alike[lag] ?? 0) / own
    const isPeak = here * own >= (alike[lag - 1] ?? 0) && here * own >= (alike[lag + 1] ?? 0)
    if (!isPeak || lag < LEAST_PIXELS || here < ALIKE_MIN) continue
    // The first is the pitch, unless a later one is much clearer.
    if (here > best.alike * 1.3) best = { pitch: lag, alike: here }
  }
  return best
}
