import type { PhoneContext } from '#methods/phone-key/wire.ts'
import type { Language, Name } from './words.ts'

/**
 * A sensitive task as the phone shows it, and as it is signed: word for word what the server bound.
 */
export type Task = NonNullable<PhoneContext['task']>

/** Kinds and facts that this app has words for; what it does not know yet is shown as it came. */
const KINDS = {
  withdrawal: 'request.doing.withdrawal',
  payee: 'request.doing.payee',
  address: 'request.doing.address',
  api_key: 'request.doing.api_key',
  telephone: 'request.doing.telephone',
  email: 'request.doing.email',
  move: 'request.doing.move',
  password: 'request.doing.password',
  bind: 'request.doing.bind',
  print: 'request.doing.print',
  remove: 'request.doing.remove',
  bring_back: 'request.doing.bring_back',
  opt_out: 'request.doing.opt_out',
  opt_in: 'request.doing.opt_in',
  network_add: 'request.doing.network_add',
  network_remove: 'request.doing.network_remove',
  network_lift: 'request.doing.network_lift',
  give_leave: 'request.doing.give_leave',
  share_device: 'request.doing.share_device',
  order: 'request.doing.order',
  cancel_order: 'request.doing.cancel_order',
} as const satisfies Readonly<Record<string, Name>>

const FACTS = {
  payee: 'request.fact.payee',
  payee_account: 'request.fact.payee_account',
  address: 'request.fact.address',
  key: 'request.fact.key',
  telephone: 'request.fact.telephone',
  email: 'request.fact.email',
  device: 'request.fact.device',
  method: 'request.fact.method',
  added: 'request.fact.added',
  ordered: 'request.fact.ordered',
  person: 'request.fact.person',
  network: 'request.fact.network',
  account: 'request.fact.account',
  deposit: 'request.fact.deposit',
} as const satisfies Readonly<Record<string, Name>>

const has = <T extends object>(table: T, name: string): name is string & keyof T =>
  Object.hasOwn(table, name)

/** The question of this kind, or `null` for a kind that is newer than this app. */
export const titleOf = ({ kind }: Task): Name | null => (has(KINDS, kind) ? KINDS[kind] : null)

/** What a task was about, once it is over; `null` for a kind that is newer than this app. */
export const nameOf = (kind: string): Name | null =>
  has(KINDS, kind) ? `requests.doing.${kind}` : null

/** `USD 12,500.00`, with a space that does not break; empty where no money leaves. */
export function moneyIn({ facts }: Task, language: Language): string {
  if (!isMoney(facts)) return ''
  const { amount, currency } = facts
  const number = new Intl.NumberFormat({ en: 'en-US', fr: 'fr-FR' }[language], {
    minimumFractionDigits: 2,
  })
  return `${currency}\u00a0${number.format(Number(amount))}`
}

interface Money {
  readonly amount: string
  readonly currency: string
}

const isMoney = (facts: Task['facts']): facts is Task['facts'] & Money =>
  'amount' in facts && 'currency' in facts

export interface Fact {
  /** Its words, or `null` for a fact that is newer than this app; then its own name is shown. */
  readonly words: Name | null
  readonly name: string
  readonly value: string
}

/** Everything beside the money: nothing of what is signed is left out. */
export const factsIn = ({ facts }: Task): readonly Fact[] =>
  Object.entries(facts)
    .filter(([name]) => !isMoney(facts) || (name !== 'amount' && name !== 'currency'))
    .map(([name, value]) => ({ words: has(FACTS, name) ? FACTS[name] : null, name, value }))
