import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { instant } from '#core/time/time.ts'
import { startReset } from '#engine/password/reset.ts'
import { clientsRealm } from '#edges/server/realm.ts'
import { newSecret } from '#engine/secrets.ts'
import type { World } from '#engine/world.ts'
import { formToken } from '#edges/http/client/form-token.ts'
import { askedBy, HOLDERS, SAMPLE_TOOLS } from '../../test/support/holders.ts'
import { PASSWORD } from '../../test/support/clients/engine-story.ts'
import { addPerson, NOON } from '../../test/support/server/world.ts'
import type { OpenWorld } from '../../src/main.ts'
import { type AnswerRow, SAMPLE_METHODS } from '../report/answer-rows.ts'
import { addressOf } from './client.ts'

/**
 * The same house on the day on which the samples of the methods were made, with the keys that they
 * were made with: their secrets are in the source, so that the bench can answer for them. Passwords
 * cost next to nothing there, because it is not hashing that is measured.
 */
export function houseOfSamples({ world, ...opened }: OpenWorld): OpenWorld {
  const behind = Date.now() - NOON
  const firstFactor = [...SAMPLE_METHODS.values()].find(({ secondFactor }) => !secondFactor)
  assert.ok(firstFactor)
  const { passwords } = SAMPLE_TOOLS
  const now = () => instant(Date.now() - behind)
  return { ...opened, world: { ...world, now, passwords, firstFactor, methods: SAMPLE_METHODS } }
}

/** Requests that are ready to be sent, each from another client and another address. */
export interface Prepared {
  readonly path: string
  /** Whole lines, each with its end. */
  readonly headers: string
  readonly body: string
}

/** Another client each time, before the last step of this method, with the right answer. */
export async function preparedAnswer(world: World, row: AnswerRow): Promise<Prepared> {
  const userName = `sample-${randomUUID()}`
  const prepared = await DOORS[row.door](world, { row, userName })
  came += 1
  return { ...prepared, headers: `x-forwarded-for: ${addressOf(came)}\r\n${prepared.headers}` }
}

let came = 0

interface Coming {
  readonly row: AnswerRow
  readonly userName: string
}

type Prepare = (world: World, coming: Coming) => Promise<Prepared>

const DOORS: Readonly<Record<AnswerRow['door'], Prepare>> = {
  async typed(world, coming) {
    const { login, client, right } = await asked(world, coming)
    const headers = `${JSON_BODY}authorization: Bearer ${client.holder}\r\n`
    return { path: `/api/logins/${login.id}/answer`, headers, body: written({ answer: right }) }
  },
  async device(world, coming) {
    const { approval } = await asked(world, coming)
    assert.ok(approval !== null, `${coming.row.method} asks no device`)
    const { approval: jws } = approval as { readonly approval: string }
    return { path: '/phone/api/answer', headers: JSON_BODY, body: written({ jws }) }
  },
  async first(world, { userName }) {
    await withChoice(world, userName)
    const claim = { userName, password: PASSWORD, environment: 'live', platform: 'portal' }
    return { path: '/api/logins', headers: JSON_BODY, body: written(claim) }
  },
  async reset(world, { userName }) {
    const subscriberId = await withChoice(world, userName)
    const begun = await startReset(world, { subscriberId, by: 'agent-7' })
    assert.ok(begun.ok)
    const { issuer } = world.settings
    const pre = newSecret(world.random)
    const headers =
      `content-type: application/x-www-form-urlencoded\r\norigin: ${issuer}\r\n` +
      `cookie: __Host-pre=${pre}\r\n`
    const token = formToken(
      world,
      clientsRealm({ issuer, gateway: { ports: [], host: null } }),
      pre,
    )
    const fields = { form: token, userName, code: begun.code }
    return { path: '/reset', headers, body: new URLSearchParams(fields).toString() }
  },
}

const JSON_BODY = 'content-type: application/json\r\n'
const written = (body: object): string => JSON.stringify(body)

async function asked(world: World, { row, userName }: Coming) {
  const holder = HOLDERS.find(({ method }) => method.name === row.method)
  assert.ok(holder, `no sample holds ${row.method}`)
  return await askedBy(world, holder, { userName, platform: 'portal' })
}

/** Two second factors, so that the first one is answered without asking for the next. */
async function withChoice(world: World, userName: string) {
  const holds = HOLDERS.slice(0, 2).map(({ method, sample: { state } }) => ({
    method: method.name,
    state,
  }))
  return await addPerson(world, { userName, password: PASSWORD, holds })
}
