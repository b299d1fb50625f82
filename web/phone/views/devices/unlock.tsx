import { useEffect, useState } from 'preact/hooks'
import type { Binding } from '../../server/bindings.ts'
import { useBare } from '../../context.ts'
import { derive, warmUp } from '../../key/kdf.ts'
import { Heading } from '../../layout/page.tsx'
import { openPrfLock } from '../../key/prf.ts'
import { type Bytes, type PinLock, type PrfLock, unlockWithPin, usedOnce } from '../../key/vault.ts'
import { t } from '../../words/words.ts'
import { PinEntry } from './pin.tsx'

interface Unlocking<L> {
  readonly binding: Binding
  readonly lock: L
  /** What the key is about to be used for, in words. */
  readonly lead: string
  /** Of the page where a PIN is typed, where it is not the usual one. */
  readonly title?: string
  readonly error?: string | null
  /** Gets the key for one use; it is wiped as soon as this returns. */
  readonly onKey: (ocraKey: Bytes) => Promise<void>
  readonly onCancel: () => void
}

/**
 * Asks for whatever opens this phone's key: a finger or a face where there is one, a PIN otherwise.
 */
export function Unlock(props: Omit<Unlocking<never>, 'lock'>) {
  const { lock } = props.binding
  return lock.kind === 'pin' ? (
    <UnlockWithPin {...props} lock={lock} />
  ) : (
    <UnlockWithPrf {...props} lock={lock} />
  )
}

function UnlockWithPin({ binding, lock, lead, onKey, onCancel, ...props }: Unlocking<PinLock>) {
  const [working, setWorking] = useState(false)
  const [error, setError] = useState<string | null>(props.error ?? null)
  useEffect(() => warmUp(lock.kdf), [lock])
  const open = async (pin: string) => {
    setWorking(true)
    setError(null)
    const ocraKey = await unlockWithPin(lock, pin, derive).catch(() => null)
    if (ocraKey) return usedOnce(ocraKey, onKey)
    // A wrong PIN cannot fail: only the derivation can, when its file is not on the phone.
    setError(t('unlock.unloaded'))
    return setWorking(false)
  }
  return (
    <PinEntry
      title={props.title ?? t('pin.title')}
      lead={lead}
      rule={binding.pin}
      error={error}
      working={working}
      onPin={(pin) => void open(pin)}
      onCancel={onCancel}
    >
      <p>
        <a href="#pin">{t('pin.forgot')}</a>
      </p>
    </PinEntry>
  )
}

function UnlockWithPrf({ lock, lead, onKey, onCancel }: Unlocking<PrfLock>) {
  useBare()
  const [failed, setFailed] = useState<'cancelled' | 'unsupported' | null>(null)
  const open = async () => {
    setFailed(null)
    const ocraKey = await openPrfLock(lock)
    if (typeof ocraKey === 'string') setFailed(ocraKey)
    else await usedOnce(ocraKey, onKey)
  }
  // The button that led here was the deliberate act; the platform asks at once.
  useEffect(() => void open(), [])
  return (
    <>
      <div class="stack">
        <Heading>{t('unlock.prf')}</Heading>
        <p class="quiet">{lead}</p>
      </div>
      {failed && (
        <p role="alert">{failed === 'cancelled' ? t('unlock.prfText') : t('unlock.prfGone')}</p>
      )}
      <div class="half push">
        <button type="button" class="button plain" onClick={onCancel}>
          {t('pin.cancel')}
        </button>
        <button
          type="button"
          class="button"
          aria-disabled={!failed}
          onClick={() => failed && void open()}
        >
          {failed ? t('unlock.again') : t('pin.working')}
        </button>
      </div>
      {failed && (
        <p>
          <a href="#setup">{t('forgot.setUp')}</a>
        </p>
      )}
    </>
  )
}
