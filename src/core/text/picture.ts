/** A picture by how its file begins. */
const PICTURES = [
  ['svg', /^\s*<(svg|\?xml)/],
  ['png', /^\x89PNG/],
  ['webp', /^RIFF....WEBP/s],
] as const

export type PictureKind = (typeof PICTURES)[number][0]

/** @returns `null` for what is none of the pictures that a page shows as a logo. */
export function pictureKind(bytes: Uint8Array): PictureKind | null {
  const start = String.fromCharCode(...bytes.subarray(0, 200)).replace(/^ï»¿/, '')
  return PICTURES.find(([, begins]) => begins.test(start))?.[0] ?? null
}
