/**
 * Money that leaves, as far as a sample can show it: what a client wants, what the login server
 * says was approved, and that one approval pays once.
 */
export interface Withdrawal {
  /** `12500.00`: the form in which the login server shows it and tells it back. */
  readonly amount: string
  readonly payee: string
  readonly payeeAccount: string
}

/** What is asked of the login server, and told back with the proof. @see RFC 9396, section 2 */
export const detailOf = ({ amount, payee, payeeAccount }: Withdrawal) => ({
  ...({ type: 'withdrawal', amount, currency: 'USD' } as const),
  payee,
  payee_account: payeeAccount,
})

export type Read =
  | { readonly ok: true; readonly withdrawal: Withdrawal }
  | { readonly ok: false; readonly wrong: readonly ('amount' | 'payee' | 'account')[] }

const TEXT_LENGTH_MAX = 140

/** A form as it was typed. The login server looks at it more strictly still. */
export function readWithdrawal(form: { readonly [name: string]: unknown }): Read {
  const textOf = (name: string) => {
    const value = form[name]
    return typeof value === 'string' ? value.trim() : ''
  }
  const amount = amountIn(textOf('amount'))
  const [payee, payeeAccount] = [textOf('payee'), textOf('account')]
  const isText = (text: string) =>
    text !== '' && [...text].length <= TEXT_LENGTH_MAX && !/\p{C}/u.test(text)
  const wrong = [
    ...(Number(amount) > 0 ? [] : ['amount' as const]),
    ...(isText(payee) ? [] : ['payee' as const]),
    ...(isText(payeeAccount) ? [] : ['account' as const]),
  ]
  return wrong.length > 0
    ? { ok: false, wrong }
    : { ok: true, withdrawal: { amount, payee, payeeAccount } }
}

/**
 * `12500.00`, from `12500`, `12,500.00`, `12 500,00`; empty when it is none. A comma before three
 * digits parts thousands, before one or two it is the decimal comma of French: taking one for the
 * other pays a hundredfold.
 */
function amountIn(typed: string): string {
  const digits = typed.replaceAll(/\s/g, '')
  const whole = /^[0-9]{1,3}(?:,[0-9]{3})+(?=\.|$)/.exec(digits)?.[0] ?? ''
  const plain = whole.replaceAll(',', '') + digits.slice(whole.length)
  const parts = /^(0|[1-9][0-9]{0,11})(?:[.,]([0-9]{1,2}))?$/.exec(plain)
  return parts ? `${parts[1]}.${(parts[2] ?? '').padEnd(2, '0')}` : ''
}

/** One that was paid. */
export interface Paid extends Withdrawal {
  /**
   * The task of the login server: a program that brings it again finds this one, and nothing is
   * paid twice.
   */
  readonly reference: string
  readonly subject: string
}

/** What this platform has paid; the oldest make room for new ones. */
export interface Ledger {
  /** Pays what was approved; the same approval a second time pays nothing more. */
  pay(paid: Paid): Paid
  find(reference: string, subject: string): Paid | null
}

const PAID_MAX = 10_000

export function ledger(): Ledger {
  const all = new Map<string, Paid>()
  return {
    pay(paid) {
      const before = all.get(paid.reference)
      if (before) return before
      const [oldest] = all.keys()
      if (all.size >= PAID_MAX && oldest !== undefined) all.delete(oldest)
      all.set(paid.reference, paid)
      return paid
    },
    find(reference, subject) {
      const paid = all.get(reference)
      return paid?.subject === subject ? paid : null
    },
  }
}

/**
 * The task behind what was told back, or `null` when it is not what was asked: only an answer that
 * repeats every word of the wish pays it.
 */
export function approvedTask(withdrawal: Withdrawal, details: unknown): string | null {
  const [detail, ...others] = Array.isArray(details) ? (details as readonly unknown[]) : []
  if (detail === null || typeof detail !== 'object' || others.length > 0) return null
  const told = detail as { readonly [name: string]: unknown }
  const isSame = Object.entries(detailOf(withdrawal)).every(([name, value]) => told[name] === value)
  return isSame && typeof told['task'] === 'string' ? told['task'] : null
}

/**
 * Fresh enough for a program that pays: what it asks for when it is not. @see RFC 9470, section 3
 */
export const API_MAX_AGE_S = 300

/** Whether the login behind an access token is strong and fresh enough for the API. */
export const isFresh = (login: { readonly loggedInAt: number }, now_s: number): boolean =>
  now_s - login.loggedInAt <= API_MAX_AGE_S
