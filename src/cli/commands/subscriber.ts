import { text as readAll } from 'node:stream/consumers'
import { type Account, ENVIRONMENTS, LANGUAGES, userNameKey } from '#core/subscribers/account.ts'
import { Complaint, complaintOf, emergencyIn, EXIT, inWorld, type Tools } from '#cli/command.ts'
import type { EmergencyDeed } from '#core/desk/programs/emergency.ts'
import type { Settings } from '#config/settings.ts'
import { texts } from '#edges/texts/texts.ts'
import { inEmergency } from '#engine/desk/programs/emergency.ts'
import { setFullName } from '#engine/subscribers/full-name.ts'
import { startReset } from '#engine/password/reset.ts'
import {
  createSubscriberWithPassword,
  findSubscriberByName,
  unlockName,
} from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'

/**
 * `countersign subscriber add`: one client, with a password that never stands on a command line.
 */
export async function addSubscriber(
  tools: Pick<Tools, 'openWorld'>,
  settings: Settings,
  options: Readonly<Record<string, string>>,
): Promise<void> {
  const { userName = '', fullName, account = '', environment = 'live', language = 'en' } = options
  if (userNameKey(userName) === null) throw new Complaint('That cannot be a user name.', EXIT.usage)
  const where = ENVIRONMENTS.find((one) => one === environment)
  if (!where) throw new Complaint('The environment is live or paper.', EXIT.usage)
  const speaks = LANGUAGES.find((one) => one === language)
  if (!speaks) throw new Complaint('The language is en or fr.', EXIT.usage)
  const password = (await readAll(process.stdin)).replace(/\r?\n$/, '')
  await inWorld({ tools, settings }, async (world) => {
    const accounts = [{ number: account, environment: where, status: 'open' as Account['status'] }]
    const person = {
      userName,
      ...(fullName !== undefined && { fullName }),
      password,
      accounts,
      language: speaks,
      by: 'operator' as const,
    }
    const made = await createSubscriberWithPassword(world, person)
    if (!made.ok) throw new Complaint(SENTENCES[made.reason], EXIT.failed)
    console.log(JSON.stringify({ subscriber: made.id }))
  })
}

/** `countersign subscriber name`: what a client is called, as the back office knows it. */
export async function nameSubscriber(
  tools: Pick<Tools, 'openWorld'>,
  settings: Settings,
  { userName = '', fullName = '' }: Readonly<Record<string, string>>,
): Promise<void> {
  await inWorld({ tools, settings }, async (world) => {
    const id = await findSubscriberByName(world, userName)
    if (!id) throw new Complaint('No client has that user name.', EXIT.failed)
    const set = await setFullName(world, { id, name: fullName, by: 'operator' })
    if (!set.ok) {
      const words = texts('en').text(`problem.${set.problem}`)
      throw new Complaint(`${words} (${set.problem})`, EXIT.failed)
    }
    console.log(JSON.stringify({ subscriber: id }))
  })
}

/**
 * `countersign subscriber unlock`, in an emergency: strangers have guessed at a name, and its owner
 * has called.
 */
export async function unlockSubscriber(
  tools: Pick<Tools, 'openWorld'>,
  settings: Settings,
  options: Readonly<Record<string, string>>,
): Promise<void> {
  const { userName = '' } = options
  await inWorld({ tools, settings }, async (world) => {
    const { held } = await emergencyOf(world, { userName, deed: 'unlock-name', options })
    const unlocked = await unlockName(held, userName)
    if (!unlocked.ok) throw complaintOf(unlocked.problem)
    console.log(JSON.stringify({ forgotten: unlocked.forgotten }))
  })
}

/**
 * `countersign subscriber reset-password`, in an emergency: a verified client hears the code.
 */
export async function resetPassword(
  tools: Pick<Tools, 'openWorld'>,
  settings: Settings,
  options: Readonly<Record<string, string>>,
): Promise<void> {
  const { userName = '', by = '' } = options
  await inWorld({ tools, settings }, async (world) => {
    const deed = 'reset-password'
    const { held, subscriberId } = await emergencyOf(world, { userName, deed, options })
    const begun = await startReset(held, { subscriberId, by })
    if (!begun.ok) throw complaintOf(begun.problem)
    const { code, expiresAt } = begun
    const address = `${settings.issuer}/reset`
    console.log(JSON.stringify({ code, address, until: new Date(expiresAt).toISOString() }))
  })
}

interface TypedEmergency {
  readonly userName: string
  readonly deed: EmergencyDeed
  readonly options: Readonly<Record<string, string>>
}

/** Whom it is done for, and the world in which it is done. */
async function emergencyOf(world: World, { userName, deed, options }: TypedEmergency) {
  const subscriberId = await findSubscriberByName(world, userName)
  if (!subscriberId) throw new Complaint('No client has that user name.', EXIT.failed)
  const held = await inEmergency(world, { subscriberId, deed, ...emergencyIn(options) })
  if (!held.ok) throw complaintOf(held.problem)
  return { held: held.world, subscriberId }
}

const SENTENCES = {
  malformed: 'That cannot be a user name.',
  'full-name': 'A full name is one line of up to 80 visible characters.',
  taken: 'That user name or account number is taken.',
  'too-short': 'The password is too short: 15 characters at least, as long as it stands alone.',
  'too-long': 'The password is too long: 256 characters at most.',
  common: 'That password is one of those that are tried first. Choose another.',
  context: 'The password is made of the user name or the name of the brokerage. Choose another.',
  pattern: 'The password repeats itself. Choose another.',
} as const
