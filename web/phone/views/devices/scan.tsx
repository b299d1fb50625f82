import { useEffect, useRef, useState } from 'preact/hooks'
import { type Scanned, scannedFrom } from '../../camera/address.ts'
import { closeCamera, detector, openCamera } from '../../camera/camera.ts'
import { useBare, useOccupied, usePhone } from '../../context.ts'
import { announce, Heading } from '../../layout/page.tsx'
import { t } from '../../words/words.ts'

const BETWEEN_FRAMES_MS = 120

/** The camera, until it has seen one of our pictures. */
export function Scan(props: {
  readonly onScanned: (scanned: Scanned) => void
  readonly onCancel: () => void
}) {
  const { installation } = usePhone()
  useBare()
  useOccupied(true)
  const video = useRef<HTMLVideoElement>(null)
  const [trouble, setTrouble] = useState<'denied' | 'none' | null>(null)
  const [strange, setStrange] = useState(false)

  useEffect(() => {
    const done = new AbortController()
    void watch(video.current, done.signal, {
      onText(text) {
        const scanned = scannedFrom(text, installation.issuer)
        if (scanned) {
          done.abort()
          props.onScanned(scanned)
        } else {
          setStrange(true)
          announce(t('scan.strange', { name: installation.name }))
        }
      },
      onTrouble: setTrouble,
    })
    return () => done.abort()
  }, [])

  return (
    <>
      <div class="stack">
        <Heading>{t('scan.title')}</Heading>
        <p class="quiet">{trouble ? t(`scan.${trouble}`) : t('scan.text')}</p>
      </div>
      {!trouble && (
        <video ref={video} class="camera" muted playsInline aria-label={t('scan.view')} />
      )}
      {strange && <p>{t('scan.strange', { name: installation.name })}</p>}
      <button type="button" class="button plain push" onClick={props.onCancel}>
        {t('scan.cancel')}
      </button>
    </>
  )
}

async function watch(
  video: HTMLVideoElement | null,
  done: AbortSignal,
  on: { onText: (text: string) => void; onTrouble: (trouble: 'denied' | 'none') => void },
): Promise<void> {
  const [stream, detect] = await Promise.all([openCamera(), detector()])
  if (typeof stream === 'string') return on.onTrouble(stream)
  const close = () => closeCamera(stream)
  if (done.aborted || !video) return close()
  done.addEventListener('abort', close)
  video.srcObject = stream
  await video.play()
  let last: string | null = null
  while (!done.aborted) {
    const text = await detect(video).catch(() => null)
    // The same strange picture is told once.
    if (text !== null && text !== last) on.onText(text)
    last = text ?? last
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_FRAMES_MS))
  }
  return undefined
}
