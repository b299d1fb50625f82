import sharp from 'sharp'
import { type Grey, shrunk, wholeOf } from '../../src/core/documents/measures/grey.ts'
import { chanceOf } from './chance.ts'

/** A photograph of a page, as a camera would take it. */

export interface Scene {
  readonly width: number
  readonly height: number
  /** What lies on the table, the last on top. */
  readonly sheets: readonly Sheet[]
  readonly table: { readonly white: number; readonly grain: number }
  /** How bright white is: 0 to 1. */
  readonly exposure: number
  /** How much darker it is at one side. */
  readonly slope: { readonly angle: number; readonly loss: number }
  readonly shadow: Shadow | null
  readonly glare: Spot | null
  /** In pixels of the picture. */
  readonly blur: number
  readonly motion: { readonly length: number; readonly angle: number }
  /** Stripes of a screen. */
  readonly moire: number
  readonly noise: number
  readonly seed: number
}

interface Sheet {
  readonly grey: Grey
  /** Its corners in the picture, clockwise from its upper left. */
  readonly corners: readonly [Corner, Corner, Corner, Corner]
}
export type Corner = readonly [x: number, y: number]

interface Shadow {
  readonly angle: number
  /** Near the middle of the page, and how far its edge is from there. */
  readonly x: number
  readonly y: number
  readonly offset: number
  readonly softness: number
  /** What is left of the light. */
  readonly left: number
}

interface Spot {
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly strength: number
}

export async function photographed(scene: Scene): Promise<Grey> {
  const light = field(scene, tableAt(scene))
  for (const sheet of scene.sheets) lay(scene, light, sheet)
  const factor = field(scene, factorAt(scene))
  for (let at = 0; at < light.length; at += 1) light[at] = (light[at] ?? 0) * (factor[at] ?? 0)
  if (scene.moire > 0) stripe(scene, light)
  if (scene.glare) reflect(scene, scene.glare, light)
  return await exposed(scene, light)
}

/** What changes slowly is worked out for one pixel of so many in a row, and smoothed between. */
const COARSE = 8

function field({ width, height }: Scene, at: (x: number, y: number) => number): Float32Array {
  const wide = Math.ceil(width / COARSE) + 1
  const high = Math.ceil(height / COARSE) + 1
  const coarse = new Float32Array(wide * high)
  for (let y = 0; y < high; y += 1) {
    for (let x = 0; x < wide; x += 1) coarse[y * wide + x] = at(x * COARSE, y * COARSE)
  }
  const fine = new Float32Array(width * height)
  for (let y = 0; y < height; y += 1) {
    const [row, down] = [Math.floor(y / COARSE) * wide, (y % COARSE) / COARSE]
    for (let x = 0; x < width; x += 1) {
      const [from, along] = [row + Math.floor(x / COARSE), (x % COARSE) / COARSE]
      const upper = (coarse[from] ?? 0) * (1 - along) + (coarse[from + 1] ?? 0) * along
      const low = from + wide
      const lower = (coarse[low] ?? 0) * (1 - along) + (coarse[low + 1] ?? 0) * along
      fine[y * width + x] = upper * (1 - down) + lower * down
    }
  }
  return fine
}

/** Long stains, as of wood or cloth. */
function tableAt({ table: { white, grain }, seed }: Scene) {
  const [one, other] = [chanceOf(seed).between(0.004, 0.02), chanceOf(seed + 1).between(0.02, 0.09)]
  return (x: number, y: number) => {
    const stain = Math.sin(x * one + Math.sin(y * one * 0.7) * 3) + Math.sin(x * other + y * 0.003)
    return white * (1 + grain * stain * 0.5)
  }
}

/** Exposure, slope and shadow. */
function factorAt({ width, height, slope, shadow, exposure }: Scene) {
  const [cos, sin] = [Math.cos(slope.angle), Math.sin(slope.angle)]
  const across = Math.abs(cos) * width + Math.abs(sin) * height
  return (x: number, y: number) => {
    const [fromX, fromY] = [x - width / 2, y - height / 2]
    const sloped = exposure * (1 - slope.loss * (0.5 + (fromX * cos + fromY * sin) / across))
    if (!shadow) return sloped
    const wave = Math.sin((fromX - fromY) / (width * 0.12)) * width * 0.03
    const [besideX, besideY] = [x - shadow.x, y - shadow.y]
    const beyond =
      besideX * Math.cos(shadow.angle) + besideY * Math.sin(shadow.angle) - shadow.offset + wave
    const inShade = Math.min(1, Math.max(0, 0.5 + beyond / shadow.softness))
    return sloped * (1 - inShade * (1 - shadow.left))
  }
}

/** Draws a sheet where its corners are, by the projection that takes a square there. */
function lay({ width, height }: Scene, light: Float32Array, { grey, corners }: Sheet): void {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = corners
  const wide = Math.max(Math.hypot(x1 - x0, y1 - y0), Math.hypot(x2 - x3, y2 - y3))
  // Finer than it will be, so that nothing of it falls between two pixels.
  const source = shrunk(grey, wholeOf(grey), Math.min(1, (wide * 1.25) / grey.width))
  const [dx1, dx2, dx3] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3]
  const [dy1, dy2, dy3] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3]
  const det = dx1 * dy2 - dx2 * dy1
  const g = (dx3 * dy2 - dx2 * dy3) / det
  const h = (dx1 * dy3 - dx3 * dy1) / det
  const [a, b, c] = [x1 - x0 + g * x1, x3 - x0 + h * x3, x0]
  const [d, e, f] = [y1 - y0 + g * y1, y3 - y0 + h * y3, y0]
  // The inverse, up to a factor that falls out.
  const inverse = [
    [e - f * h, c * h - b, b * f - c * e],
    [f * g - d, a - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ] as const
  const [us, vs, ws] = inverse
  const [left, right] = [Math.min(x0, x1, x2, x3), Math.max(x0, x1, x2, x3)]
  const [top, bottom] = [Math.min(y0, y1, y2, y3), Math.max(y0, y1, y2, y3)]
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, bottom); y += 1) {
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, right); x += 1) {
      const w = ws[0] * x + ws[1] * y + ws[2]
      const u = ((us[0] * x + us[1] * y + us[2]) / w) * (source.width - 1)
      const v = ((vs[0] * x + vs[1] * y + vs[2]) / w) * (source.height - 1)
      if (u < 0 || v < 0 || u >= source.width - 1 || v >= source.height - 1) continue
      const at = Math.floor(v) * source.width + Math.floor(u)
      const [fu, fv] = [u - Math.floor(u), v - Math.floor(v)]
      const { pixels } = source
      const upper = (pixels[at] ?? 0) * (1 - fu) + (pixels[at + 1] ?? 0) * fu
      const low = at + source.width
      const lower = (pixels[low] ?? 0) * (1 - fu) + (pixels[low + 1] ?? 0) * fu
      light[y * width + x] = (upper * (1 - fv) + lower * fv) / 255
    }
  }
}

function stripe({ width, height, moire }: Scene, light: Float32Array): void {
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const wave = Math.sin(x * 0.21 + y * 0.05) + Math.sin(y * 0.17 - x * 0.03)
      light[y * width + x] = (light[y * width + x] ?? 0) * (1 + moire * wave * 0.5)
    }
  }
}

function reflect(
  { width, height }: Scene,
  { x: spotX, y: spotY, radius, strength }: Spot,
  light: Float32Array,
) {
  const reach = radius * 1.5
  const [left, right] = [Math.max(0, Math.floor(spotX - reach)), Math.min(width, spotX + reach)]
  const [top, bottom] = [Math.max(0, Math.floor(spotY - reach)), Math.min(height, spotY + reach)]
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      const far = ((x - spotX) ** 2 + (y - spotY) ** 2) / radius ** 2
      light[y * width + x] = (light[y * width + x] ?? 0) + strength * Math.exp(-far * far)
    }
  }
}

/** Lens, movement and sensor. */
async function exposed(scene: Scene, light: Float32Array): Promise<Grey> {
  const { width, height, motion, noise, seed } = scene
  const pixels = new Uint8Array(width * height)
  for (let at = 0; at < pixels.length; at += 1)
    pixels[at] = Math.min(255, Math.max(0, Math.round((light[at] ?? 0) * 255)))
  const moved = motion.length < 1 ? pixels : shaken({ width, height, pixels }, motion)
  const { data } = await sharp(moved, { raw: { width, height, channels: 1 } })
    .blur(Math.max(0.4, scene.blur))
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true })
  const taken = new Uint8Array(data)
  let state = seed | 1
  for (let at = 0; at < taken.length; at += 1) {
    // The sum of four uniform numbers is near enough to the noise of a sensor.
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    const sum = (state & 255) + ((state >>> 8) & 255) + ((state >>> 16) & 255) + (state >>> 24)
    const value = (taken[at] ?? 0) + ((sum - 510) / 148) * noise
    taken[at] = Math.min(255, Math.max(0, Math.round(value)))
  }
  return { width, height, pixels: taken }
}

const STEPS_MAX = 24

/** The mean along the way that a hand has moved. */
function shaken({ width, pixels }: Grey, { length, angle }: Scene['motion']): Uint8Array {
  const steps = Math.min(STEPS_MAX, Math.max(2, Math.round(length)))
  const offsets = Array.from({ length: steps }, (_, step) => {
    const at = (step / (steps - 1) - 0.5) * length
    return Math.round(at * Math.cos(angle)) + Math.round(at * Math.sin(angle)) * width
  })
  const sums = new Uint16Array(pixels.length)
  for (const offset of offsets) {
    for (let at = 0; at < pixels.length; at += 1)
      sums[at] =
        (sums[at] ?? 0) + (pixels[Math.min(pixels.length - 1, Math.max(0, at + offset))] ?? 0)
  }
  return Uint8Array.from(sums, (sum) => sum / steps)
}
