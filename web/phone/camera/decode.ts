import decodeQr from 'qr/decode.js'

/** Larger pictures cost time and show no more of a code that fills the frame. */
const SIDE_MAX = 800

let canvas: HTMLCanvasElement | undefined

/** One frame of a video; `null` when there is no code in it that can be read. */
export function decode(video: HTMLVideoElement): string | null {
  const scale = Math.min(1, SIDE_MAX / Math.max(video.videoWidth, video.videoHeight))
  const width = Math.floor(video.videoWidth * scale)
  const height = Math.floor(video.videoHeight * scale)
  if (width === 0 || height === 0) return null
  canvas ??= document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) return null
  context.drawImage(video, 0, 0, width, height)
  try {
    return decodeQr({ width, height, data: context.getImageData(0, 0, width, height).data })
  } catch {
    // A frame without a readable code is how most frames are.
    return null
  }
}
