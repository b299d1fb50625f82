/** What a file is by its first bytes, whatever its name and its sender say (S106). */
export type PictureKind = 'jpeg' | 'png' | 'webp' | 'heic' | 'pdf' | 'other'

/** Those that are opened here, and made into clean pages. */
export const OPENED_KINDS = ['jpeg', 'png', 'webp'] as const satisfies readonly PictureKind[]
export type OpenedKind = (typeof OPENED_KINDS)[number]

/** How much of a file is needed to tell what it is. */
export const MAGIC_LENGTH_BYTES = 16

/** Where the brand of a HEIC stands, and which brands there are. */
const HEIC_BRANDS = ['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1']

/**
 * @param file the first `MAGIC_LENGTH_BYTES` of a file, or more of it, which is not looked at.
 * @see ISO/IEC 23008-12, "Brands", section 10; the others begin as their formats say
 */
export function kindOf(file: Uint8Array): PictureKind {
  const head = file.subarray(0, MAGIC_LENGTH_BYTES)
  const text = Array.from(head, (byte) => String.fromCharCode(byte)).join('')
  if (text.startsWith('\u00ff\u00d8\u00ff')) return 'jpeg'
  if (text.startsWith('\u0089PNG\r\n\u001a\n')) return 'png'
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp'
  const brand = text.slice(4, 8) === 'ftyp' ? text.slice(8, 12) : ''
  if (HEIC_BRANDS.includes(brand)) return 'heic'
  return text.startsWith('%PDF-') ? 'pdf' : 'other'
}

export const isOpened = (kind: PictureKind): kind is OpenedKind =>
  (OPENED_KINDS as readonly PictureKind[]).includes(kind)

/** More than any phone takes. What a header says beyond it is believed, and not decoded (S108). */
export const PICTURE_PIXELS_MAX = 50_000_000

/** Why the sandbox makes no clean page of a file. */
export const UNOPENED = ['not-a-picture', 'too-many-pixels', 'damaged'] as const
/** Why there is no clean page of a file; one that is known for a virus is not opened at all. */
export type Unopened = (typeof UNOPENED)[number] | 'infected'

/** What came of opening a file. */
export type Opening =
  | { readonly ok: true; readonly width: number; readonly height: number }
  | { readonly ok: false; readonly why: Unopened }
