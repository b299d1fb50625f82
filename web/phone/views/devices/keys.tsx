import { useEffect, useState } from 'preact/hooks'
import { type Binding, markRevoked, removeBinding } from '../../server/bindings.ts'
import { usePhone } from '../../context.ts'
import { listRequests } from '../../server/server.ts'
import { announce, Call, Heading, Named, Notice } from '../../layout/page.tsx'
import { longDay } from '../../words/times.ts'
import { language, t } from '../../words/words.ts'
import { NEW_PHONE } from './new-phone.tsx'

/** The keys on this phone: one for each user name (R072). */
export function Keys() {
  const { bindings } = usePhone()
  const [leaving, setLeaving] = useState<Binding | null>(null)
  if (leaving) return <Sure binding={leaving} onNo={() => setLeaving(null)} />
  return (
    <>
      <Heading>{t('keys.title')}</Heading>
      {bindings.map((binding) => (
        <Key key={binding.authenticator} binding={binding} onRemove={() => setLeaving(binding)} />
      ))}
      <a class="button plain push" href="#setup">
        {t('keys.add')}
      </a>
    </>
  )
}

function Key({ binding, onRemove }: { readonly binding: Binding; readonly onRemove: () => void }) {
  const { bindings, binding: current, reload } = usePhone()
  const { userName, name, label, lock, boundAt_ms, authenticator } = binding
  const facts = [
    [t('keys.brokerage'), name],
    [t('keys.label'), label],
    [t('keys.lock'), t(`keys.${lock.kind}`)],
    [t('keys.since'), longDay(boundAt_ms, language())],
  ] as const
  const inUse = current?.authenticator === authenticator
  return (
    <section class="stack">
      <h2>{userName}</h2>
      <dl class="facts">
        {facts.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {bindings.length > 1 &&
        (inUse ? (
          <p class="quiet">{t('keys.inUse')}</p>
        ) : (
          <button type="button" class="button plain" onClick={() => void reload(authenticator)}>
            {t('keys.use')}
            <span class="hidden"> {userName}</span>
          </button>
        ))}
      <p>
        <button type="button" class="link" onClick={onRemove}>
          {t('keys.remove')}
          <span class="hidden"> {userName}</span>
        </button>
      </p>
    </section>
  )
}

function Sure({ binding, onNo }: { readonly binding: Binding; readonly onNo: () => void }) {
  const { reload } = usePhone()
  const { userName, authenticator } = binding
  const remove = async () => {
    await removeBinding(authenticator)
    announce(t('keys.removed'))
    onNo()
    await reload()
  }
  return (
    <>
      <div class="stack">
        <Heading name={userName}>{t('keys.sure', { userName })}</Heading>
        <p>{t('keys.sureText')}</p>
      </div>
      <div class="half push">
        <button type="button" class="button danger" onClick={() => void remove()}>
          {t('keys.yes')}
        </button>
        <button type="button" class="button plain" onClick={onNo}>
          {t('keys.no')}
        </button>
      </div>
    </>
  )
}

/**
 * The server hears this phone no more. The key stays until its holder takes it away: only a person
 * decides that. A phone that was found, or rested, is heard again: it asks each time the app is
 * opened.
 */
export function Stopped({ binding }: { readonly binding: Binding }) {
  const { installation, reload } = usePhone()
  const { help } = installation
  useEffect(() => {
    const look = async () => {
      if (document.visibilityState !== 'visible' || !(await listRequests(binding)).ok) return
      await markRevoked(binding.authenticator, false)
      await reload()
    }
    const awake = () => void look()
    awake()
    document.addEventListener('visibilitychange', awake)
    return () => document.removeEventListener('visibilitychange', awake)
  }, [binding, reload])
  const remove = async () => {
    await removeBinding(binding.authenticator)
    await reload()
  }
  return (
    <>
      <div class="stack">
        <Heading>{t('stopped.title')}</Heading>
        <p class="lead">
          <Named
            sentence={t('stopped.text', { userName: binding.userName })}
            name={binding.userName}
          />
        </p>
        <Notice kind="warn">
          <p>
            <Call sentence={t('stopped.notYou', { help })} help={help} />
          </p>
        </Notice>
        <p>{t('stopped.againText')}</p>
        <p>{t('stopped.you')}</p>
      </div>
      <div class="stack push">
        <a class="button" href={NEW_PHONE}>
          {t('stopped.again')}
        </a>
        <a class="button plain" href="#setup">
          {t('stopped.setUp')}
        </a>
        <button type="button" class="button plain" onClick={() => void remove()}>
          {t('stopped.remove')}
        </button>
      </div>
    </>
  )
}
