import { acrValue, referencesOf, strengthOf } from '#core/assurance.ts'
import { triesLeft } from '#core/login/login.ts'
import { expiryOf } from '#core/sessions/session.ts'
import type { Instant } from '#core/time/time.ts'
import type { Login, Session } from '#edges/api/schemas.ts'
import { texts } from '#edges/texts/texts.ts'
import type { LoginView } from '#engine/login/view.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import type { PromptView, Text } from '#methods/prompt.ts'

const isoOf = (at: Instant): string => new Date(at).toISOString()
const isoOrNull = (at: Instant | null): string | null => (at === null ? null : isoOf(at))

/** A login as a program sees it, with every text in the language that it asked for. */
export function loginOf(
  { login, choices, receipts, views }: Omit<LoginView, 'ok'>,
  issuer: string,
): Login {
  const { text } = texts(login.origin.language)
  const challenge = login.state === 'challenged' ? login.challenge : null
  return {
    id: login.id,
    state: login.state,
    expiresAt: isoOf(login.expiresAt),
    triesLeft: triesLeft(login),
    choices: choices.map(({ id, usedAt, ...choice }) => ({
      ...choice,
      authenticator: id,
      usedAt: isoOrNull(usedAt),
    })),
    challenge: challenge && {
      authenticator: challenge.authenticatorId,
      method: challenge.method,
      expiresAt: isoOf(challenge.expiresAt),
    },
    views: views.map((view) => promptOf(view, { login, issuer })),
    receipts: receipts.map((receipt) => ({
      kind: receipt.kind,
      at: isoOf(receipt.at),
      reason: 'reason' in receipt ? receipt.reason : null,
    })),
    refusal:
      login.state === 'refused'
        ? { code: login.problem, title: text(`problem.${login.problem}`) }
        : null,
  }
}

interface Asked {
  readonly login: LoginView['login']
  readonly issuer: string
}

function promptOf(view: PromptView, { login, issuer }: Asked): Login['views'][number] {
  const { text } = texts(login.origin.language)
  const said = ({ key, values }: Text) => text(key, values)
  const { number, field, other, waits, steps = [], ways = [], aside = [] } = view
  return {
    name: view.name,
    title: text(view.title),
    lead: said(view.lead),
    warning: view.warning ? said(view.warning) : null,
    number: number
      ? {
          digits: number.digits,
          hint: number.hint === undefined ? null : text(number.hint),
          scan: number.scan === undefined ? null : `${issuer}${number.scan}`,
        }
      : null,
    steps: steps.map((step) => ({ text: said(step.text), number: step.number ?? false })),
    waitsUntil: waits ? isoOf(waits.until) : null,
    field: field
      ? {
          name: field.name,
          kind: field.kind,
          length: field.length,
          label: text(field.label),
          hint: text(field.hint),
          button: text(field.button),
        }
      : null,
    other: other ? { view: other.view, text: text(other.link) } : null,
    ways: ways.map(({ way, link, from }) => ({ way, text: text(link), from: isoOf(from) })),
    aside: aside.map((one) => ({
      title: one.strong === undefined ? null : text(one.strong),
      text: text(one.text),
    })),
  }
}

export function sessionOf(session: OpenSession): Session {
  const { subscriber, account } = session
  const strength = strengthOf(session.proofs)
  const { row, narrowed, rights } = session.decision
  return {
    id: session.id,
    userName: subscriber.userName,
    account: account?.number ?? null,
    environment: session.environment,
    platform: session.platform,
    acr: acrValue(strength),
    amr: [...referencesOf(session.proofs)],
    openedAt: isoOf(session.openedAt),
    expiresAt: isoOf(expiryOf(session, session.idle)),
    rights: {
      ...rights,
      reservedUsd: account?.reservedUsd ?? 0,
      tradeNetwork: rights.tradeNetwork && [...rights.tradeNetwork],
      decidedBy: [row, ...narrowed],
    },
  }
}
