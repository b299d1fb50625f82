import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Route } from './camera/address.ts'
import { usePhone } from './context.ts'
import { Icon, Mark } from './layout/icons.tsx'
import { later } from './layout/later.tsx'
import { language, t } from './words/words.ts'

const Others = later(async () => (await import('./views/others.tsx')).Others)
const CallStatus = later(async () => (await import('./views/call-status.tsx')).CallStatus)
const Migration = later(async () => (await import('./views/devices/migration.tsx')).Migration)

const PLACES = [
  { at: 'code', icon: 'key' },
  { at: 'requests', icon: 'list' },
  { at: 'help', icon: 'help' },
] as const

/** Views without the bar of places: they ask one thing and have their own way out. */
const ALONE: readonly Route['at'][] = ['setup', 'request', 'scanned']

/** Where a client looks while one of us calls, or another in our name. */
const WITH_CALL: readonly Route['at'][] = ['code', 'requests']

/** Masthead, view, places. */
export function Shell(props: {
  readonly at: Route['at']
  readonly bare: boolean
  readonly children: ComponentChildren
}) {
  const { bindings, inbox } = usePhone()
  const passes = inbox.list !== null && (inbox.list.successor ?? inbox.list.waitsUntil) !== null
  const [passed, setPassed] = useState(false)
  // What was stopped just now stays to be read.
  if (passes && !passed) setPassed(true)
  const places = bindings.length > 0 && !props.bare && !ALONE.includes(props.at)
  return (
    <>
      <header class="bar split">
        <span class="brand">
          <Mark />
          {t('app')}
        </span>
        <Corner />
      </header>
      <main id="main">
        {places && bindings.length > 1 && <Others />}
        {places && WITH_CALL.includes(props.at) && <CallStatus />}
        {places && passed && inbox.list && <Migration list={inbox.list} />}
        {props.children}
      </main>
      <p id="live" class="hidden" role="status" />
      {places && <Places at={props.at} />}
    </>
  )
}

function Places({ at }: { readonly at: Route['at'] }) {
  return (
    <nav class="places" aria-label={t('places.label')}>
      {PLACES.map((place) => (
        <a key={place.at} href={`#${place.at}`} aria-current={place.at === at ? 'page' : undefined}>
          <Icon name={place.icon} />
          {t(`places.${place.at}`)}
        </a>
      ))}
    </nav>
  )
}

/**
 * The user name, which leads to the others where there are several; without any, the other
 * language.
 */
function Corner() {
  const { bindings, binding, changeLanguage } = usePhone()
  if (!binding) {
    const other = language() === 'en' ? 'fr' : 'en'
    return (
      <button
        type="button"
        class="link small"
        lang={other}
        onClick={() => void changeLanguage(other)}
      >
        {t('language')}
      </button>
    )
  }
  if (bindings.length === 1) return <span class="small quiet">{binding.userName}</span>
  return (
    <a class="small quiet" href="#keys">
      {binding.userName}
    </a>
  )
}
