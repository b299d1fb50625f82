import type { AuthenticatorId, LoginId } from '#core/ids.ts'
import type { PasswordRefusal, WrittenLoginEvent } from '#core/login/events.ts'
import type { Problem } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'

/**
 * One attempt to log in, as the log has it, and why the client is not in: the problem that they
 * were told, or would have been. What is done about it stands beside it, in `core/reasons.ts`.
 */
export interface ExplainedLogin {
  readonly loginId: LoginId
  readonly begunAt: Instant
  /**
   * When it was clear what came of it: the moment that its client reads. Until the caller is
   * proven, of one that was given up when it began.
   */
  readonly endedAt: Instant
  readonly came: 'in' | 'waits' | 'not-in'
  /** `null` where they are in, or can still answer. */
  readonly problem: Problem | null
  /** The exact reason, as its method gave it; `null` where the problem says all that is told. */
  readonly reason: string | null
  /** What was asked last. */
  readonly asked: { readonly method: string; readonly authenticatorId: AuthenticatorId } | null
  /** How many answers were wrong. */
  readonly wrong: number
}

/** An event of a login, with its time. */
export interface TimedLoginEvent {
  readonly at: Instant
  readonly event: WrittenLoginEvent
}

export interface Explaining {
  /** It can still be answered. */
  readonly isOpen: boolean
  /** Who hears it has proven who they are. */
  readonly isProven: boolean
}

/**
 * What became of one login, from all of its events, oldest first. An attacker who guesses at
 * passwords may be the one who calls: until the caller is proven, one that led on to nothing is
 * told like a right one, and no exact reason is.
 */
export function explainedLogin(
  loginId: LoginId,
  [first, ...more]: readonly [TimedLoginEvent, ...TimedLoginEvent[]],
  { isOpen, isProven }: Explaining,
): ExplainedLogin {
  const all = [first, ...more]
  const completed = all.find(({ event }) => event.kind === 'login.completed')
  const last = isProven ? (all.at(-1) ?? first) : first
  const endedAt = (completed ?? last).at
  const asked = all.flatMap(({ event }) =>
    event.kind === 'login.challenged'
      ? [{ method: event.method, authenticatorId: event.authenticatorId }]
      : [],
  )
  const wrong = all.filter(({ event }) => event.kind === 'login.answer-refused').length
  const facts = { loginId, begunAt: first.at, endedAt, asked: asked.at(-1) ?? null, wrong }
  if (completed) return { ...facts, came: 'in', problem: null, reason: null }
  const told = isProven ? all : all.filter(({ event }) => event.kind !== 'login.password-accepted')
  const why = told.flatMap(({ event }) => problemIn(event) ?? []).at(-1)
  const isOver = all.some(({ event }) => isEnd(event))
  if (isOpen && !isOver) return { ...facts, came: 'waits', problem: null, reason: null }
  // What was left unfinished after a wrong answer was not in for that answer.
  const { problem, reason } = why ?? { problem: 'login.expired' as const, reason: null }
  return { ...facts, came: 'not-in', problem, reason: isProven ? reason : null }
}

interface Why {
  readonly problem: Problem
  readonly reason: string | null
}

const OF_PASSWORD: Readonly<Record<PasswordRefusal, Problem>> = {
  'unknown-name': 'login.wrong-credentials',
  wrong: 'login.wrong-credentials',
  environment: 'login.wrong-credentials',
  'no-authenticator': 'login.no-authenticator',
  locked: 'login.authenticator-locked',
  rights: 'login.not-completed',
  weak: 'login.too-weak',
}

/** Why a step did not lead on; `null` for one that did. */
function problemIn(event: WrittenLoginEvent): Why | null {
  switch (event.kind) {
    case 'login.password-refused': {
      const { reason, problem = OF_PASSWORD[reason] } = event
      return { problem, reason: null }
    }
    case 'login.password-accepted':
      // While a name is attacked a wrong password leads on like a right one, to nothing.
      return event.decoy ? { problem: 'login.wrong-credentials', reason: 'decoy' } : null
    case 'login.identity-refused': {
      const { reason, disabled } = event
      return { problem: disabled ? 'login.authenticator-locked' : 'login.not-identified', reason }
    }
    case 'login.answer-refused': {
      const { reason, disabled, over, problem } = event
      if (disabled) return { problem: 'login.authenticator-locked', reason }
      if (over) return { problem: 'login.too-many-wrong-answers', reason }
      return { problem: problem ?? 'login.wrong-answer', reason }
    }
    case 'login.denied':
      return { problem: event.notMe ? 'login.not-me' : 'login.denied', reason: null }
    case 'login.request-withdrawn':
    case 'login.replaced':
      return { problem: 'login.asked-anew', reason: null }
    default:
      return null
  }
}

/** Nothing can be answered after it. */
const isEnd = (event: WrittenLoginEvent): boolean =>
  event.kind === 'login.expired' ||
  event.kind === 'login.denied' ||
  event.kind === 'login.replaced' ||
  (event.kind === 'login.password-refused' && event.reason !== 'environment') ||
  (event.kind === 'login.answer-refused' && (event.over || event.disabled))
