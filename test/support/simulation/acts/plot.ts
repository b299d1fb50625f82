import type { SoftKey } from '#methods/passkey/sample.ts'
import type { TestPhone } from '../../clients/phone.ts'
import {
  answer_,
  begun,
  type By,
  logsOut,
  loggedIn,
  newPhone,
  type Stage,
  stops,
  uses,
} from './client.ts'
import { calls } from './desk.ts'
import type { Chance } from '../chance.ts'
import type { Person } from './people.ts'

/** What a client, or an attacker, does next. */
interface Plot {
  readonly stage: Stage
  /** The passkey of the agent who takes their calls. */
  readonly key: SoftKey
}

const latest = ({ phones }: Person, chance: Chance): TestPhone | undefined =>
  phones.length === 0 ? undefined : phones.at(chance.percent(75) ? -1 : chance.below(phones.length))

export async function lives({ stage, key }: Plot, person: Person, chance: Chance): Promise<void> {
  const doing = { person, who: 'client' } as const
  const phone = latest(person, chance)
  const ways: [By, ...By[]] = phone ? ['text', 'phone', 'push', 'push'] : ['text']
  if (chance.percent(12)) return await calls(stage, doing, key)
  const by = person.passcodes.length > 0 && chance.percent(50) ? 'passcode' : chance.pick(ways)
  const isBinding = chance.percent(25)
  const platform = isBinding || chance.percent(50) ? 'portal' : 'trade'
  // Who reads of a phone that is not theirs says so.
  const isWarned = person.foreign.length > 0
  if (phone && chance.percent(isWarned ? 40 : 4)) return await stops(stage, doing, phone)
  const held = await loggedIn(stage, doing, {
    by,
    platform,
    ...(by !== 'text' && by !== 'passcode' && { phone }),
  })
  if (!held) return
  if (isBinding) await newPhone(stage, doing, held)
  await uses(stage, doing, held)
  if (chance.percent(30)) await logsOut(stage, doing, held)
  await uses(stage, doing, held)
}

/** With a stolen password, a stolen SIM, a stolen session, or with what was seen before. */
export async function attacks({ stage, key }: Plot, person: Person, chance: Chance): Promise<void> {
  const doing = { person, who: 'attacker' } as const
  const what = chance.below(9)
  if (what === 8) return await calls(stage, doing, key)
  if (what === 0)
    return void (await begun(stage, doing, { platform: 'portal', password: 'guessed' }))
  if (what === 1) {
    const stolen = person.sessions.at(-1)
    if (stolen) await newPhone(stage, doing, stolen)
    return
  }
  if (what === 2 || what === 7) {
    // The SIM is theirs for now.
    const held = await loggedIn(stage, doing, { by: 'text', platform: 'portal' })
    if (held) await newPhone(stage, doing, held)
    return
  }
  if (what === 3 && person.foreign.length > 0) {
    const phone = person.foreign.at(-1)
    const held = await loggedIn(stage, doing, { by: 'push', platform: 'portal', phone })
    if (held) await uses(stage, doing, held)
    return
  }
  await guesses(stage, person, chance)
}

/** Old codes, and made-up ones. */
async function guesses(stage: Stage, person: Person, chance: Chance): Promise<void> {
  const doing = { person, who: 'attacker' } as const
  const under = await begun(stage, doing, { platform: 'trade' })
  if (!under) return
  const old = person.inbox.slice(0, -2).at(-1)?.code
  for (let guess = 0; guess < 3; guess += 1) {
    const code = guess === 0 && old ? old : String(100_000 + chance.below(900_000))
    const answer = chance.percent(50) ? { code } : { response: `${code}00` }
    const method = 'code' in answer ? 'sms-code' : 'phone-key'
    const typed = Object.values(answer)[0] ?? ''
    await answer_(stage, under, { method, answer, value: typed })
  }
}
