import type { Acr } from '#core/assurance.ts'
import { canonicalJson } from '#core/json.ts'
import { legible, lineOf } from '#core/text/line.ts'

/**
 * What is to be done, in the very words that are shown, signed and handed on (S87, S88).
 *
 * A task is flat and made of text alone, so that it has one canonical form: whatever changes in it,
 * the amount by a cent or the payee by a letter, it is another task, and what confirmed the one is
 * not valid for the other.
 */
export interface TaskDetails {
  readonly kind: TaskKind
  readonly facts: Facts
  /**
   * What words stand for that are in the language of the client, or that the client can change: a
   * method, the id of a device, a moment. They are compared by it, so that a word in another
   * language is no other task. Never shown.
   */
  readonly about?: Facts
}

export type Facts = { readonly [name: string]: string }

interface TaskRule {
  /** Every one of them, and no other, in the order in which they are shown. */
  readonly facts: readonly string[]
  /**
   * The least that confirms it. Where money leaves, the limit of the method can ask for more
   * (R121).
   */
  readonly needs: Acr
  /** Who asks for it: a relying party, or the portal for what this server keeps itself. */
  readonly by: 'platform' | 'portal'
}

/** Every sensitive task there is (R023). Their words stand in `locales/` under `task.kind`. */
export const TASK_RULES = {
  withdrawal: rule('platform', ['amount', 'currency', 'payee', 'payee_account'], '2t'),
  payee: rule('platform', ['payee', 'payee_account'], '2s'),
  address: rule('platform', ['address'], '2s'),
  api_key: rule('platform', ['key'], '2s'),
  telephone: rule('portal', ['telephone'], '2s'),
  email: rule('portal', ['email'], '2s'),
  // What a card in the post and every letter go to.
  move: rule('portal', ['address'], '2s'),
  password: rule('portal', [], '2s'),
  // A client with temporary access binds a permanent device with it.
  bind: rule('portal', ['device'], '2t'),
  print: rule('portal', ['device'], '2t'),
  // Only its client knows the PIN that it is sent with; a client who orders it could bind it.
  order: rule('portal', ['device', 'address', 'account', 'deposit'], '2t'),
  // A card that never comes is a way in that a client counts on and does not have.
  cancel_order: rule('portal', ['device', 'ordered'], '2t'),
  // Two devices may have one name: kind and moment tell them apart, each in a row of its own.
  remove: rule('portal', ['device', 'method', 'added'], '2t'),
  // A person who found a lost one cannot bring it back with it: it answers nothing.
  bring_back: rule('portal', ['device', 'method', 'added'], '2t'),
  // What a text message opens must not be enough to need no text message any more; back in, the
  // limits rise.
  opt_out: rule('portal', [], '3'),
  opt_in: rule('portal', [], '2s'),
  // Each of them lets a stolen password trade more: from one more network, or from all of them.
  network_add: rule('portal', ['network'], '3'),
  network_lift: rule('portal', ['network'], '3'),
  // One of several: a thief in the session must not shut the networks that its client trades from.
  network_remove: rule('portal', ['network'], '2t'),
  // An attacker who steals the session of a primary user must not open the settings of every other
  // user with it.
  give_leave: rule('portal', ['person'], '2t'),
  // From then on it opens the logins of another name: not with what can be redirected.
  share_device: rule('portal', ['device', 'person'], '3'),
} as const satisfies Record<string, TaskRule>

export type TaskKind = keyof typeof TASK_RULES

/** What is confirmed before it is proven: a number by its code, a device by its first answer. */
const FIRST_STEPS: readonly TaskKind[] = ['telephone', 'email', 'move', 'bind', 'print']

/** Whether more has to come until it is done. */
export const isOnlyBegun = (kind: TaskKind): boolean => FIRST_STEPS.includes(kind)

function rule(by: TaskRule['by'], facts: readonly string[], needs: Acr): TaskRule {
  return { by, facts, needs }
}

/**
 * What only a primary user does, or who has leave (R032); what is bound and printed is looked at
 * when it is.
 */
export const SETTINGS: readonly TaskKind[] = [
  ...([
    'telephone',
    'email',
    'move',
    'remove',
    'bring_back',
    'order',
    'opt_out',
    'opt_in',
  ] as const),
  ...(['network_add', 'network_lift', 'network_remove', 'share_device'] as const),
]

const isTaskKind = (kind: string): kind is TaskKind => Object.hasOwn(TASK_RULES, kind)

/** The kinds that relying parties may ask for, as types of authorization details. */
export const TASKS_OF_PLATFORMS: readonly TaskKind[] = Object.keys(TASK_RULES)
  .filter(isTaskKind)
  .filter((kind) => TASK_RULES[kind].by === 'platform')

export type ReadTaskDetails =
  | { readonly ok: true; readonly deed: TaskDetails }
  | {
      readonly ok: false
      readonly problem: 'task.malformed' | 'task.amount' | 'task.currency'
    }

/**
 * A task in its canonical form, or what is wrong with it. A fact that is missing, one too many, a
 * letter that cannot be seen: each of them could make a client confirm what they did not mean.
 * White space is folded as a page folds it, so that what is shown is what is signed
 * (`core/text/line.ts`).
 */
export function taskDetailsOf(
  kind: string,
  given: { readonly [name: string]: unknown },
): ReadTaskDetails {
  if (!isTaskKind(kind)) return { ok: false, problem: 'task.malformed' }
  const names = TASK_RULES[kind].facts
  const isComplete = names.every((name) => Object.hasOwn(given, name))
  if (!isComplete || Object.keys(given).length !== names.length) {
    return { ok: false, problem: 'task.malformed' }
  }
  const facts: Record<string, string> = {}
  for (const name of names) {
    const value = given[name]
    if (typeof value !== 'string') return { ok: false, problem: 'task.malformed' }
    const read = factOf(name, value)
    if (!read.ok) return read
    facts[name] = read.value
  }
  return { ok: true, deed: { kind, facts } }
}

type ReadFact =
  | { readonly ok: true; readonly value: string }
  | Extract<ReadTaskDetails, { readonly ok: false }>

function factOf(name: string, value: string): ReadFact {
  switch (name) {
    case 'amount': {
      const cents = centsIn(value)
      return cents === null
        ? { ok: false, problem: 'task.amount' }
        : { ok: true, value: amountOf(cents) }
    }
    case 'currency':
      return value === CURRENCY ? { ok: true, value } : { ok: false, problem: 'task.currency' }
    default: {
      const line = lineOf(value, FACT_LENGTH_MAX)
      return line === null ? { ok: false, problem: 'task.malformed' } : { ok: true, value: line }
    }
  }
}

/** The longest fact, in code points: more would not be read on a phone. */
export const FACT_LENGTH_MAX = 140

/** Limits are in this currency, and so is what they limit. */
const CURRENCY = 'USD'

/**
 * An amount of money in cents: digits, and after a point one or two more. No sign, no exponent, no
 * groups.
 *
 * @returns `null` for anything else, and for nothing at all: 0.00 moves no money.
 */
export function centsIn(amount: string): number | null {
  const parts = /^(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,2}))?$/.exec(amount)
  if (!parts) return null
  const [, whole = '', part = ''] = parts
  const cents = Number(whole) * 100 + Number(part.padEnd(2, '0'))
  return cents === 0 ? null : cents
}

/** As it is shown and signed: `12500.00`. */
export const amountOf = (cents: number): string =>
  `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`

/** What leaves the account, in cents; 0 where no money does. */
export function centsOf({ facts }: TaskDetails): number {
  const { amount } = facts
  return amount === undefined ? 0 : (centsIn(amount) ?? 0)
}

/**
 * A task of our own in the form that is shown and signed. Its facts are names and addresses that we
 * keep; what was stored before they had one form is made legible, and no name keeps a client from
 * removing a device.
 */
export const legibleDetails = ({ facts, ...deed }: TaskDetails): TaskDetails => {
  const shown = Object.entries(facts).map(([name, value]) => [
    name,
    legible(value, FACT_LENGTH_MAX),
  ])
  return { ...deed, facts: Object.fromEntries(shown) as Facts }
}

/** What makes it this task and no other, whatever the language it is shown in. */
export function identityOf(deed: TaskDetails): string {
  const { kind, facts, about = {} } = legibleDetails(deed)
  const told = Object.entries(facts).filter(([name]) => !Object.hasOwn(about, name))
  return canonicalJson({ kind, facts: Object.fromEntries<string>(told), about })
}

export const isSameTask = (one: TaskDetails, other: TaskDetails): boolean =>
  identityOf(one) === identityOf(other)

/** The same task in the same words: what was shown and signed is what was asked for. */
export const isShownAlike = (one: TaskDetails, other: TaskDetails): boolean =>
  isSameTask(one, other) && legibleFacts(one) === legibleFacts(other)

const legibleFacts = (deed: TaskDetails): string => canonicalJson(legibleDetails(deed).facts)
