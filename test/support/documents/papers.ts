import sharp from 'sharp'
import type { Grey } from '#core/documents/measures/grey.ts'
import { chanceOf } from '../../../scripts/legibility/chance.ts'
import { photographed, type Scene } from '../../../scripts/legibility/scene.ts'

/** A card with strokes that are as thick and as far apart as those of letters, of no browser. */
export function drawnCard({ isBlank = false } = {}): Grey {
  const [width, height] = [CARD.width, CARD.height]
  const pixels = new Uint8Array(width * height).fill(238)
  const chance = chanceOf(7)
  const fill = (left: number, top: number, wide: number, high: number) => {
    for (let y = Math.round(top); y < top + high; y += 1)
      pixels.fill(45, y * width + Math.round(left), y * width + Math.round(left + wide))
  }
  for (let top = 60; !isBlank && top < height - 70; top += PITCH) {
    let left = 50
    while (left < width - 80) {
      const letters = Math.round(chance.between(2, 8))
      for (let count = 0; count < letters && left < width - 70; count += 1) {
        const bar = chance.pick([0, X_HEIGHT / 2, X_HEIGHT - STEM])
        fill(left, top, STEM, X_HEIGHT)
        fill(left, top + bar, X_HEIGHT * 0.8, STEM)
        if (chance.isIt(0.5)) fill(left + X_HEIGHT * 0.6, top, STEM, X_HEIGHT)
        left += X_HEIGHT * 1.15
      }
      left += X_HEIGHT * 0.8
    }
  }
  return { width, height, pixels }
}

/** A card of 85.6 by 54 millimetres at 300 dots an inch, with letters of seven points. */
const CARD = { width: 1_011, height: 638 }
const X_HEIGHT = 15
const STEM = 3
const PITCH = 38

export type Taken = Partial<Omit<Scene, 'sheets'>> & {
  /** How much smaller it is in the picture. */
  readonly scale?: number
  /** Degrees. */
  readonly turn?: number
  /** Of its middle, from that of the picture. */
  readonly beside?: readonly [x: number, y: number]
  readonly isBlank?: boolean
}

/** A photograph of that card on a table: a good one, unless it is taken otherwise. */
export async function cardPhoto({
  scale = 0.95,
  turn = 3,
  beside = [0, 0],
  isBlank = false,
  ...scene
}: Taken = {}): Promise<Grey> {
  const [width, height] = [1_200, 900]
  const [cos, sin] = [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)]
  const corner = (x: number, y: number) => {
    const [fromX, fromY] = [(x * CARD.width * scale) / 2, (y * CARD.height * scale) / 2]
    const [besideX, besideY] = beside
    return [
      width / 2 + besideX + fromX * cos - fromY * sin,
      height / 2 + besideY + fromX * sin + fromY * cos,
    ] as const
  }
  const corners = [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)] as const
  return await photographed({
    width,
    height,
    sheets: [{ grey: drawnCard({ isBlank }), corners }],
    table: { white: 0.2, grain: 0.2 },
    exposure: 0.85,
    slope: { angle: 1, loss: 0.1 },
    shadow: null,
    glare: null,
    blur: 0.6,
    motion: { length: 0, angle: 0 },
    moire: 0,
    noise: 2,
    seed: 5,
    ...scene,
  })
}

/** As a telephone writes it, with how it was held. */
export async function jpegOf(
  { width, height, pixels }: Grey,
  { orientation = 1, quality = 85 } = {},
): Promise<Buffer> {
  const undone = { 1: 0, 3: 180, 6: 270, 8: 90 }[orientation] ?? 0
  return await sharp(pixels, { raw: { width, height, channels: 1 } })
    .rotate(undone)
    .jpeg({ quality })
    .withMetadata({ orientation })
    .toBuffer()
}
