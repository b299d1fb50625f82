/** Reads pictures through the camera: with the browser's own detector where there is one. */

export type Detect = (video: HTMLVideoElement) => Promise<string | null>

/**
 * Not in TypeScript's library yet. @see Accelerated Shape Detection in Images, "Barcode Detection"
 */
interface NativeDetector {
  detect(source: CanvasImageSource): Promise<readonly { readonly rawValue: string }[]>
}
interface NativeDetectors {
  new (options: { formats: readonly string[] }): NativeDetector
  getSupportedFormats(): Promise<readonly string[]>
}

export async function detector(): Promise<Detect> {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: NativeDetectors }
  const formats = await BarcodeDetector?.getSupportedFormats().catch((): readonly string[] => [])
  if (BarcodeDetector && formats?.includes('qr_code')) {
    const native = new BarcodeDetector({ formats: ['qr_code'] })
    return async (video) => (await native.detect(video))[0]?.rawValue ?? null
  }
  const { decode } = await import('./decode.ts')
  return async (video) => decode(video)
}

let has: boolean | null = null

/** Whether there is a camera. Until the browser has said it, what is held in a hand has one. */
export const hasCamera = (): boolean => has ?? matchMedia('(pointer: coarse)').matches

/** Browsers say whether there is one without asking whether we may use it. */
export async function lookForCamera(): Promise<boolean> {
  const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => null)
  if (devices) has = devices.some(({ kind }) => kind === 'videoinput')
  return hasCamera()
}

/** @returns why there is no picture: the holder said no, or there is no camera. */
export async function openCamera(): Promise<MediaStream | 'denied' | 'none'> {
  if (!navigator.mediaDevices?.getUserMedia) return 'none'
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  } catch (error) {
    return error instanceof DOMException && error.name === 'NotAllowedError' ? 'denied' : 'none'
  }
}

export function closeCamera(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}
