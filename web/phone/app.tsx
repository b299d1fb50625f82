import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type Route, routeOf, type Scanned } from './camera/address.ts'
import { type Binding, keep, listBindings, setting } from './server/bindings.ts'
import { go, type Phone, PhoneContext } from './context.ts'
import { identityOf, type Inbox, openRequests, useInbox } from './server/inbox.ts'
import type { Installation } from './delivery/installation.ts'
import { announce } from './layout/page.tsx'
import { pushState, report, type PushState } from './delivery/push.ts'
import { Shell } from './shell.tsx'
import { View } from './views/view.tsx'
import { type Language, speak, t } from './words/words.ts'

export interface Held {
  readonly bindings: readonly Binding[]
  readonly binding: Binding | null
}

/** The bindings of this phone, and the one that is on the screen. */
export async function held(current: string | undefined): Promise<Held> {
  const bindings = await listBindings()
  const binding = bindings.find(({ authenticator }) => authenticator === current)
  return { bindings, binding: binding ?? bindings[0] ?? null }
}

export function App(props: {
  readonly installation: Installation
  readonly held: Held
  readonly registered: Promise<ServiceWorkerRegistration | null>
}) {
  const [{ bindings, binding }, setHeld] = useState(props.held)
  const [, setLanguage] = useState<Language>()
  const [isBare, bare] = useHolds()
  const [occupied, occupy] = useHolds()
  const reload = useCallback(
    async (current?: string) => {
      if (current !== undefined) await keep('current', current)
      setHeld(await held(current ?? binding?.authenticator))
    },
    [binding],
  )
  const [route, scanned] = useRoute()

  const [inbox, look] = useInbox(binding, {
    arrived: () => announce(t('requests.arrived')),
    revoked: () => void reload(),
  })
  const saw = useOnlyRequest(inbox, { route, occupied })
  const notifications = useNotifications(props.registered, binding, look)
  useClicks(async () => {
    go('#requests')
    const current = await setting('current')
    if (current !== binding?.authenticator) return reload(current)
    const [only, ...others] = openRequests(await look(), Date.now())
    if (only && others.length === 0) go(`#request=${only.transaction}`)
  })

  const changeLanguage = async (language: Language) => {
    await speak(language)
    await keep('language', language)
    setLanguage(language)
  }
  const chosen = inbox.list?.language ?? null
  useEffect(() => {
    void (async () => {
      if (chosen === null || chosen === (await setting('chosenLanguage'))) return
      await keep('chosenLanguage', chosen)
      await changeLanguage(chosen)
    })()
  }, [chosen])

  const phone: Phone = {
    changeLanguage,
    installation: props.installation,
    bindings,
    binding,
    inbox,
    look,
    reload,
    occupy,
    saw,
    bare,
    ...notifications,
  }
  return (
    <PhoneContext.Provider value={phone}>
      <Shell at={route.at} bare={isBare}>
        <View route={route} scanned={scanned} />
      </Shell>
    </PhoneContext.Provider>
  )
}

/** Whether one view at least holds on to something: the camera and the view behind it both may. */
function useHolds(): readonly [boolean, () => () => void] {
  const [count, setCount] = useState(0)
  const hold = useCallback(() => {
    setCount((before) => before + 1)
    return () => setCount((before) => before - 1)
  }, [])
  return [count > 0, hold] as const
}

/**
 * The place in the address. What a picture brought is taken out of the address at once, so that no
 * activation stays in the history, and handed on.
 */
function useRoute(): readonly [Route, Scanned | null] {
  const read = () => routeOf(location.hash)
  const [route, setRoute] = useState(read)
  useEffect(() => {
    const changed = () => setRoute(read())
    window.addEventListener('hashchange', changed)
    return () => window.removeEventListener('hashchange', changed)
  }, [])
  const scanned = route.at === 'scanned' ? route.scanned : null
  // Before the view acts on it, which changes the address once more.
  useLayoutEffect(() => {
    if (scanned) history.replaceState(null, '', location.pathname)
  }, [scanned])
  return useMemo(() => [route, scanned] as const, [route, scanned])
}

/**
 * Opens a request that is alone and was not opened before, unless the client is in the middle of
 * something. Request and list are one tap apart. The screen for responses stays once a client has
 * chosen it, or has left a request for it: an attacker with the password sends requests too, and
 * keeps no client from a response (A28).
 */
function useOnlyRequest(
  inbox: Inbox,
  { route, occupied }: { route: Route; occupied: boolean },
): Phone['saw'] {
  const seen = useRef(new Set<string>())
  useEffect(() => {
    const isJustOpened = route.at === 'code' && location.hash === '' && seen.current.size === 0
    if (occupied || !(isJustOpened || route.at === 'requests')) return
    const [only, ...others] = openRequests(inbox, Date.now())
    if (!only || others.length > 0 || seen.current.has(identityOf(only))) return
    go(`#request=${only.transaction}`)
  }, [inbox, route, occupied])
  return useCallback((request) => void seen.current.add(identityOf(request)), [])
}

/** Keeps the server's knowledge of this phone's notifications true, at every opening. */
function useNotifications(
  registered: Promise<ServiceWorkerRegistration | null>,
  binding: Binding | null,
  look: () => Promise<unknown>,
): Pick<Phone, 'push' | 'registration' | 'refreshPush'> {
  const [push, setPush] = useState<PushState | null>(null)
  const [registration, setRegistration] = useState<ServiceWorkerRegistration | null>(null)
  const refreshPush = useCallback(async () => {
    setPush(await pushState(await registered))
    await look()
  }, [registered, look])
  useEffect(() => {
    void (async () => {
      const registration = await registered
      setRegistration(registration)
      setPush(await pushState(registration))
      if (!binding || binding.revoked) return
      await report(registration, binding)
      setPush(await pushState(registration))
    })()
  }, [registered, binding])
  return { push, registration, refreshPush }
}

/** A tap on a notification, as the service worker tells it to an app that is open. */
function useClicks(clicked: () => Promise<void>): void {
  const latest = useRef(clicked)
  latest.current = clicked
  useEffect(() => {
    const told = (event: MessageEvent) => {
      if (event.data === 'clicked') void latest.current()
    }
    navigator.serviceWorker?.addEventListener('message', told)
    return () => navigator.serviceWorker?.removeEventListener('message', told)
  }, [])
}
