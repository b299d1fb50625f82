import type { AdapterPayload } from 'oidc-provider'
import type { AuthenticatorId, EnrolmentId, LoginId, SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Session } from '#core/sessions/session.ts'
import { adapterOn } from '#edges/oidc/adapter.ts'
import { answerLogin, claimLogin } from '#engine/login/answer.ts'
import { answerRequest, proveDevice } from '#engine/devices/phone-approval.ts'
import { type ActivationCode, completeActivation } from '#engine/devices/enrolment.ts'
import { answerOnPage } from '#engine/devices/enrolment-on-page.ts'
import { beginReset, completeReset } from '#engine/password/reset.ts'
import { stopSuccessor, succeedDue } from '#engine/devices/migration.ts'
import { type Using, useTask } from '#engine/tasks/tasks.ts'
import type { World } from '#engine/world.ts'
import { begin } from './engine-story.ts'
import { browser } from '../server/world.ts'

/** What the provider library does with its store. */
export interface ProviderAct {
  readonly do: 'provider'
  readonly model: string
  readonly id: string
  /** `none`: it only looks. */
  readonly write: 'none' | 'store' | 'consume' | 'destroy'
  readonly payload: AdapterPayload
}

/** What is done at a node, as a message: to one of this process, or to one of another. */
export type Act =
  | {
      readonly do: 'begin'
      readonly userName: string
      readonly secret: string
      readonly resets: boolean
      readonly address: string
    }
  | {
      readonly do: 'choose'
      readonly id: LoginId
      readonly holder: string
      readonly password: string
    }
  | { readonly do: 'answer'; readonly id: LoginId; readonly holder: string; readonly answer: Json }
  | {
      readonly do: 'approve'
      readonly id: LoginId
      readonly from: AuthenticatorId
      readonly signed: string
    }
  | { readonly do: 'claim'; readonly id: LoginId; readonly holder: string }
  | {
      readonly do: 'bind-on-page'
      readonly session: Session
      readonly id: EnrolmentId
      readonly answer: string
    }
  | {
      readonly do: 'activate'
      readonly activation: ActivationCode
      readonly address: string
      readonly request: Json
    }
  | { readonly do: 'use-task'; readonly session: Session; readonly using: Using }
  | ProviderAct
  | { readonly do: 'succeed' }
  | { readonly do: 'stop'; readonly subscriberId: SubscriberId }

/** `yes`, the problem that was told, or `silent` for what tells nothing. */
export type Outcome = string

/** Somewhere that does what it is told. */
export type Node = (act: Act) => Promise<Outcome>

export const nodeOf =
  (world: World): Node =>
  async (act) => {
    if (act.do === 'provider') return await atStore(world, act)
    const told = await done(world, act)
    if (told === null) return 'silent'
    return told.ok ? 'yes' : told.problem
  }

type Told = { readonly ok: true } | { readonly ok: false; readonly problem: string }

/** `yes`, or the name of the error with which the provider hears that it came too late. */
async function atStore(world: World, { model, id, write, payload }: ProviderAct): Promise<Outcome> {
  const adapter = adapterOn(world)(model)
  try {
    if (write === 'none') {
      const found = await adapter.find(id)
      if (!found) return 'nothing'
      return found.consumed === undefined ? 'unused' : 'used'
    }
    if (write === 'store') await adapter.upsert(id, payload, 60)
    else await adapter[write](id)
    return 'yes'
  } catch (error) {
    return (error as Error).name
  }
}

async function done(world: World, act: Exclude<Act, ProviderAct>): Promise<Told | null> {
  switch (act.do) {
    case 'begin': {
      const { userName, secret, resets, address } = act
      const client = browser({ address })
      if (resets) return await beginReset(world, { userName, code: secret, client })
      return await begin(world, client, { userName, password: secret })
    }
    case 'choose':
      return await completeReset(world, act)
    case 'answer':
      return await answerLogin(world, act)
    case 'approve': {
      const { id: transaction, from: authenticatorId, signed } = act
      const call = await proveDevice(world, { authenticatorId, signed, act: 'answer' })
      return call.ok ? await answerRequest(world, call, { transaction, signed }) : call
    }
    case 'claim':
      return await claimLogin(world, act)
    case 'bind-on-page':
      return await answerOnPage(world, act.session, act)
    case 'activate':
      return await completeActivation(world, act)
    case 'use-task':
      return await useTask(world, act.session, act.using)
    case 'succeed':
      await succeedDue(world)
      return null
    case 'stop':
      return await stopSuccessor(world, { ...act, by: 'device', spare: null })
  }
}
