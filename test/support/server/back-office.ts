import type { TestContext } from 'node:test'
import { listStaff, staffFor } from '../desk/behalf.ts'
import { BACK_OFFICE_SECRET, openSite, type Site } from './site.ts'

/** The interface of the back office over a real server, with real tokens. */

export interface Said {
  readonly status: number
  readonly json: {
    readonly [name: string]: unknown
    readonly code?: string
    readonly status?: unknown
    readonly version?: number
  }
}

export interface Office extends Site {
  readonly token: string
  ask(method: string, path: string, body?: unknown, token?: string): Promise<Said>
  /** The same request, with these headers beside the usual ones; `undefined` leaves one out. */
  named(
    method: string,
    path: string,
    more: { readonly body?: unknown; readonly [header: string]: unknown },
  ): Promise<Said>
}

/** A token of a program, as OAuth gives it. */
export async function tokenOf(
  { issuer }: Site,
  fields: Readonly<Record<string, string>> = {},
  [id, secret]: readonly [string, string] = ['ledger', BACK_OFFICE_SECRET],
) {
  const response = await fetch(`${issuer}/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'back-office',
      ...fields,
    }),
  })
  return (await response.json()) as { readonly access_token?: string; readonly error?: string }
}

export async function openOffice(t: TestContext): Promise<Office> {
  const site = await openSite(t)
  const { access_token: token = '' } = await tokenOf(site)
  await listStaff(site.world)
  const send = async (
    [method, path]: readonly [string, string],
    body: unknown,
    headers: Readonly<Record<string, unknown>>,
  ): Promise<Said> => {
    const all: Readonly<Record<string, unknown>> = {
      authorization: `Bearer ${token}`,
      'on-behalf-of': staffFor(path),
      reason: 'routine',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    }
    const sent = Object.entries(all).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as [string, string]] : [],
    )
    const response = await fetch(`${site.issuer}/api/back-office${path}`, {
      method,
      headers: sent,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, json: text === '' ? {} : JSON.parse(text) }
  }
  const ask: Office['ask'] = async (method, path, body, bearer = token) =>
    await send([method, path], body, { authorization: `Bearer ${bearer}` })
  const named: Office['named'] = async (method, path, { body, ...headers }) =>
    await send([method, path], body, headers)
  return { ...site, token, ask, named }
}
