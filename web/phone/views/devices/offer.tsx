import { useEffect, useState } from 'preact/hooks'
import type { Opened } from '../../devices/activation.ts'
import { usePhone } from '../../context.ts'
import type { Model } from '../../devices/model.ts'
import { Field, fieldOf, focusSoon, Heading, Named, Notice } from '../../layout/page.tsx'
import { canLockWithPrf } from '../../key/prf.ts'
import { t } from '../../words/words.ts'

const LABEL_MAX = 40

/** Whose key this will be, what the phone is called, and what opens it. */
export function Offer(props: {
  readonly opened: Opened
  readonly error: string | null
  readonly onPin: (label: string) => void
  readonly onPrf: (label: string) => void
}) {
  const { offer } = props.opened
  const [label, setLabel] = useState(() => likelyLabel(props.opened.model))
  const [noLabel, setNoLabel] = useState(false)
  const { canPrf, lock, setLock } = useLockChoice(props.error !== null)
  const submit = (event: Event) => {
    event.preventDefault()
    const name = label.trim()
    setNoLabel(name === '' || name.length > LABEL_MAX)
    if (name === '' || name.length > LABEL_MAX) return focusSoon('label')
    return lock === 'prf' ? props.onPrf(name) : props.onPin(name)
  }
  const labelError = noLabel ? t('setup.noLabel') : null
  return (
    <>
      <div class="stack">
        <Heading name={offer.userName}>{t('setup.offer', { userName: offer.userName })}</Heading>
        {props.error && (
          <Notice kind="bad">
            <p>{props.error}</p>
          </Notice>
        )}
        <Existing userName={offer.userName} />
        <Stops offer={offer} />
      </div>
      <dl class="facts">
        <div>
          <dt>{t('setup.brokerage')}</dt>
          <dd>{offer.name}</dd>
        </div>
      </dl>
      <form class="stack loose" noValidate onSubmit={submit}>
        <Field id="label" label={t('setup.label')} hint={t('setup.labelHint')} error={labelError}>
          <input
            {...fieldOf('label', { hint: true, error: labelError })}
            value={label}
            onInput={(event) => setLabel(event.currentTarget.value)}
          />
        </Field>
        {canPrf ? (
          <LockChoice lock={lock} onLock={setLock} />
        ) : (
          <p class="quiet">{t('setup.pinNext')}</p>
        )}
        <div class="half">
          <a class="button plain" href="#code">
            {t('setup.cancel')}
          </a>
          <button type="submit" class="button" disabled={canPrf === null}>
            {t('setup.goOn')}
          </button>
        </div>
      </form>
    </>
  )
}

/** Whose key it will be, and what it stops: short, so that the keys below stay in sight. */
export function About({ opened: { offer } }: { readonly opened: Opened }) {
  const { userName } = offer
  const stops = useStops(offer)
  return (
    <p>
      <Named sentence={t('setup.for', { userName })} name={userName} />
      {stops && <strong> {t('setup.stops')}</strong>}
    </p>
  )
}

function Stops({ offer }: Pick<Opened, 'offer'>) {
  if (!useStops(offer)) return null
  return (
    <Notice kind="warn">
      <p>{t('setup.stops')}</p>
    </Notice>
  )
}

/**
 * Whether a phone stops: where that is this one, its key is replaced, which is said by itself.
 */
function useStops({ userName, replaces }: Opened['offer']): boolean {
  const { bindings } = usePhone()
  return replaces && !bindings.some((one) => one.userName === userName && !one.revoked)
}

/** Nothing that is on this phone is replaced without a word. */
function Existing({ userName }: { readonly userName: string }) {
  const { bindings } = usePhone()
  if (bindings.length === 0) return null
  const same = bindings.some((binding) => binding.userName === userName)
  const others = bindings.map((binding) => binding.userName).join(', ')
  return (
    <Notice kind="warn">
      <p>
        <Named
          sentence={
            same ? t('setup.replaces', { userName }) : t('setup.adds', { userName: others })
          }
          name={same ? userName : others}
        />
      </p>
    </Notice>
  )
}

/** Finger or face comes first where the phone has it (R034, R035), unless it has just failed. */
function useLockChoice(failed: boolean) {
  const [canPrf, setCanPrf] = useState<boolean | null>(null)
  const [lock, setLock] = useState<'pin' | 'prf'>('pin')
  useEffect(() => {
    void canLockWithPrf().then((can) => {
      setCanPrf(can)
      setLock(can && !failed ? 'prf' : 'pin')
    })
  }, [])
  return { canPrf, lock, setLock }
}

function LockChoice(props: {
  readonly lock: 'pin' | 'prf'
  readonly onLock: (lock: 'pin' | 'prf') => void
}) {
  return (
    <fieldset>
      <legend>{t('setup.lock')}</legend>
      <div class="choices">
        {(['prf', 'pin'] as const).map((lock) => (
          <label key={lock}>
            <input
              type="radio"
              name="lock"
              value={lock}
              checked={props.lock === lock}
              aria-describedby={`${lock}-hint`}
              onChange={() => props.onLock(lock)}
            />
            <span>{t(`setup.${lock}`)}</span>
            <span class="hint" id={`${lock}-hint`}>
              {t(`setup.${lock}Hint`)}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** A browser knows the kind of phone, and not whose it is. */
export function likelyLabel(model: Model | null): string {
  if (model === null) return t('phones.other')
  if (model.kind === 'computer') return t('phones.computer', { system: model.name })
  return model.name === 'Android' ? t('phones.android') : model.name
}
