import { Broken } from '../trace.ts'
import type { Commit, Looking } from './commit.ts'

/** I5: a session is opened with what was proven for it, and with nothing more. */
const ACR: Readonly<Record<string, string>> = {
  password: '1',
  'sms-code': '2s',
  'temporary-passcode': '2t',
  'phone-key': '3',
}

interface Row {
  readonly id: string
  readonly login_id: string
  readonly body: string
}

interface Body {
  readonly proofs: readonly { readonly method: string; readonly acr: string }[]
}

export function sessionsProven({ storage, logins }: Looking): (commit: Commit) => void {
  const known = new Set(
    (storage.rows('select id from session') as readonly Row[]).map(({ id }) => id),
  )
  return ({ tables }) => {
    if (!tables.has('session')) return
    for (const { id, login_id, body } of storage.rows(
      'select id, login_id, body from session',
    ) as readonly Row[]) {
      if (known.has(id)) continue
      known.add(id)
      const begun = logins.get(login_id)
      const { proofs } = JSON.parse(body) as Body
      const methods = proofs.map(({ method }) => method)
      const said = `${id} of ${login_id}: ${methods.join()}`
      if (!begun) throw new Broken('I5', `${said}, of a login that was not begun`)
      for (const { method, acr } of proofs) {
        const isPresented = method === 'password' ? begun.isRight : begun.presented.has(method)
        if (!isPresented) throw new Broken('I5', `${said}, without ${method}`)
        if (ACR[method] !== acr) throw new Broken('I5', `${said}, ${method} as ${acr}`)
      }
      // Both clients have a second factor from the start.
      if (methods.length < 2) throw new Broken('I5', `${said} alone`)
    }
  }
}
