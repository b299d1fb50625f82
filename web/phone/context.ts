import { createContext } from 'preact'
import { useContext, useEffect, useLayoutEffect, useState } from 'preact/hooks'
import type { PhoneRequest } from '#methods/phone-key/wire.ts'
import type { Binding } from './server/bindings.ts'
import { hasCamera, lookForCamera } from './camera/camera.ts'
import type { Inbox, Look } from './server/inbox.ts'
import type { Installation } from './delivery/installation.ts'
import type { PushState } from './delivery/push.ts'
import type { Language } from './words/words.ts'

/** What every view may know and do. */
export interface Phone {
  readonly installation: Installation
  readonly bindings: readonly Binding[]
  /** The one whose user name is on the screen. */
  readonly binding: Binding | null
  readonly inbox: Inbox
  /** Asks the server for open requests. */
  readonly look: Look
  /** `null` until the browser has said it. */
  readonly push: PushState | null
  readonly registration: ServiceWorkerRegistration | null
  /** Looks again at what the phone holds: a binding came, went or was chosen. */
  readonly reload: (current?: string) => Promise<void>
  readonly refreshPush: () => Promise<void>
  readonly changeLanguage: (language: Language) => Promise<void>
  /** A client is in the middle of something: no new request pushes it aside, until undone. */
  readonly occupy: () => () => void
  /** Notes that a request was on the screen: it does not open by itself again. */
  readonly saw: (request: PhoneRequest) => void
  /** The bar of places steps aside, as it does for a PIN or the camera, until undone. */
  readonly bare: () => () => void
}

export const PhoneContext = createContext<Phone | null>(null)

export function usePhone(): Phone {
  const phone = useContext(PhoneContext)
  if (!phone) throw new Error('a view outside the app')
  return phone
}

/** The binding, in views that only exist when there is one. */
export function useBinding(): Binding {
  const { binding } = usePhone()
  if (!binding) throw new Error('a view that needs a key')
  return binding
}

/**
 * While the view is there and `occupied`, new requests announce themselves and push nothing aside.
 */
export function useOccupied(occupied: boolean): void {
  const { occupy } = usePhone()
  useEffect(() => (occupied ? occupy() : undefined), [occupied, occupy])
}

/** While the view is there, it has the screen for itself. */
export function useBare(): void {
  const { bare } = usePhone()
  useLayoutEffect(() => bare(), [bare])
}

/** Whether there is a camera to offer. */
export function useCamera(): boolean {
  const [has, setHas] = useState(hasCamera)
  useEffect(() => void lookForCamera().then(setHas), [])
  return has
}

export function go(address: string): void {
  location.hash = address
}
