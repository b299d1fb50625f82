import sharp from 'sharp'
import { bubblewrapSandbox } from '#engine/documents/sandbox.ts'

/** A photograph of a page, small. */
export async function photograph({
  format = 'jpeg',
  orientation,
}: {
  readonly format?: 'jpeg' | 'png' | 'webp'
  readonly orientation?: number
} = {}): Promise<Buffer> {
  const picture = sharp({ create: { width: 60, height: 40, channels: 3, background: '#fdfbf7' } })
  const exif = {
    IFD0: { Copyright: CANARY, ImageDescription: CANARY },
    IFD3: { GPSLatitude: '51/1 30/1 0/1', GPSLatitudeRef: 'N' },
  }
  return await picture
    .withExif(exif)
    .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- ${CANARY} --></x:xmpmeta>`)
    .withMetadata({ ...(orientation !== undefined && { orientation }), exif })
    .toFormat(format)
    .toBuffer()
}

/** Stands in the metadata of every photograph. */
export const CANARY = 'canary-of-the-camera'

/** Why what needs the sandbox is skipped; `false` where it runs. */
export const NO_SANDBOX = (await bubblewrapSandbox().isReady())
  ? false
  : 'bubblewrap cannot make name spaces on this machine'
