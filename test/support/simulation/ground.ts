import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { FRESH } from '#core/devices/authenticator.ts'
import { newId, type SubscriberId } from '#core/ids.ts'
import { days, type Instant } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import type { Client } from '#engine/login/view.ts'
import { passOver } from '#engine/notices/notices.ts'
import type { SoftKey } from '#methods/passkey/sample.ts'
import { sample } from '#methods/sms-code/sample.ts'
import { bindingWrites } from '#store/devices/authenticators.ts'
import { PASSWORD, personWithPhone } from '../clients/engine-story.ts'
import type { TestPhone } from '../clients/phone.ts'
import { subscriberOf } from '../clients/printed.ts'
import { knownBrowser } from '../desk/calls.ts'
import { hired } from '../desk/staff.ts'
import { HONEST, testWorld, type TestWorld } from '../server/world.ts'
import { chanceOf } from './chance.ts'
import { type Storage, storageFrom } from './storage.ts'
import { watchThreads } from './threads.ts'

/** What is there before a run begins: a database with two clients in it, made once a process. */
export interface Ground {
  readonly world: TestWorld
  readonly storage: Storage
  readonly clients: readonly [Enrolled, ...Enrolled[]]
  readonly start: Instant
  /** The passkey of an agent of the desk. */
  readonly key: SoftKey
  close(): Promise<void>
}

export interface Enrolled {
  readonly userName: string
  readonly password: string
  readonly subscriberId: SubscriberId
  readonly number: string
  readonly email: string
  /** As it was when the run began; a run works with copies. */
  readonly phone: TestPhone | null
  /** A browser that they have logged in with. */
  readonly home: Client | null
}

/** Old enough for the addresses to be trusted, so that a text waits for twelve hours only. */
const SETTLED = days(40)

export async function openGround(): Promise<Ground> {
  const endings: (() => Promise<void> | void)[] = []
  const after = (ending: () => Promise<void> | void) => void endings.push(ending)
  const close = async () => {
    for (const ending of endings.toReversed()) await ending()
  }
  after(watchThreads())
  const { bytes } = chanceOf(0, 'ground')
  const world = await testWorld({ after }, { settings: HONEST, random: bytes })
  const anna = await enrolled(world, { userName: 'anna', number: '+12025550142', hasPhone: true })
  const ben = await enrolled(world, { userName: 'ben', number: '+12025550143', hasPhone: false })
  // Chance of its own, as every passkey of the tests: what it signs is not noted.
  const { key } = await hired(world, 'jane')
  world.advance(SETTLED)
  const home = anna.phone && (await knownBrowser(world, { ...anna, phone: anna.phone }))
  await passOver(world)

  const folder = mkdtempSync(join(tmpdir(), 'countersign-simulation-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const template = join(folder, 'template.db')
  const made = new DatabaseSync(world.url.slice('sqlite:'.length))
  made.exec(`vacuum into '${template}'`)
  made.close()
  const storage = storageFrom(template)
  after(() => storage.close())
  return { world, storage, key, clients: [{ ...anna, home }, ben], start: world.now(), close }
}

interface Enrolling {
  readonly userName: string
  readonly number: string
  readonly hasPhone: boolean
}

async function enrolled(
  world: TestWorld,
  { userName, number, hasPhone }: Enrolling,
): Promise<Enrolled> {
  const phone = hasPhone ? await personWithPhone(world, userName) : null
  if (!phone) await world.add({ userName, password: PASSWORD })
  const subscriberId = await subscriberOf(world, userName)
  const now = world.now()
  const id = newId('aut', now, world.random)
  const state = { ...(sample.state as object), number } as typeof sample.state
  const texts = { ...FRESH, id, method: 'sms-code', label: '', createdAt: now, state }
  await world.db.commit([...bindingWrites(world.db, texts, [subscriberId])])
  const email = `${userName}@example.com`
  await setContact(world, { subscriberId, kind: 'email', value: email, by: 'operator' })
  await setContact(world, { subscriberId, kind: 'mobile', value: number, by: 'operator' })
  return { userName, password: PASSWORD, subscriberId, number, email, phone, home: null }
}
