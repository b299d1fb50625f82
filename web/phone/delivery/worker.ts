/** @returns `null` where there are no service workers: the app then needs its connection. */
export async function registered(): Promise<ServiceWorkerRegistration | null> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined
  try {
    return (await workers?.register(worker(), { scope: '/phone', updateViaCache: 'none' })) ?? null
  } catch {
    return null
  }
}

const WORKER = '/phone/service-worker.js'

/**
 * The page forbids scripts from addresses that were put together; this policy allows exactly one.
 * A page makes a policy of this name once.
 */
let policy: ReturnType<TrustedTypes['createPolicy']> | undefined

function worker(): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
  policy ??= trustedTypes?.createPolicy('countersign', {
    createScriptURL(address) {
      if (address !== WORKER) throw new TypeError('not a script of this app')
      return address
    },
  })
  // The library types `register` for strings only; a browser with trusted types wants its own.
  return (policy?.createScriptURL(WORKER) as string | undefined) ?? WORKER
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (address: string) => string },
  ): { createScriptURL: (address: string) => unknown }
}
