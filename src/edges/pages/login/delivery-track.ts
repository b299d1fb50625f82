import type { LoginView } from '#engine/login/view.ts'
import type { Challenged } from '#core/login/state.ts'
import type { PromptView } from '#methods/prompt.ts'
import type { TrackStep } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

interface Delivered {
  readonly login: Challenged
  readonly receipts: LoginView['receipts']
  readonly delivery: NonNullable<PromptView['delivery']>
}

/**
 * How far what was sent has come, as steps and as a sentence: sent, then delivered, or failed and
 * what to do.
 */
export function deliveryProgress(
  { texts: { text } }: Pick<PageContext, 'texts'>,
  { login, receipts, delivery }: Delivered,
): Progress {
  const sent = { text: text(delivery.sent), at: login.challenge.openedAt, state: 'done' } as const
  const beside = besideNews(text, { receipts, delivery })
  const delivered = receipts.find(({ kind }) => kind === 'delivered')
  const failed = receipts.find((receipt) => receipt.kind === 'failed')
  if (delivered) {
    const words = text(delivery.delivered)
    const steps = [sent, { text: words, at: delivered.at, state: 'done' as const }]
    return withBeside({ status: words, steps }, beside)
  }
  if (failed?.kind === 'failed') {
    // The same code is on its way by mail: the client needs nothing else.
    const left = delivery.beside && !beside ? delivery.beside.left : null
    const words = text(delivery.failed)
    const advice = text(left ?? `login.delivery.${failed.reason}`)
    const step = { text: words, at: failed.at, state: 'failed' } as const
    const status = `${words} ${advice}`
    const next = { text: advice, at: null, state: 'current' } as const
    return withBeside({ status, steps: [sent, step, next] }, beside)
  }
  const waiting = { text: text('login.delivery.waiting'), at: null, state: 'current' } as const
  return withBeside({ status: sent.text, steps: [sent, waiting] }, beside)
}

interface Progress {
  readonly steps: readonly TrackStep[]
  readonly status: string
}

/** That what carries the same by another way has failed; `null` where it has not, or is not. */
function besideNews(
  text: PageContext['texts']['text'],
  { receipts, delivery }: Pick<Delivered, 'receipts' | 'delivery'>,
): TrackStep | null {
  const failed = receipts.find(({ kind }) => kind === 'beside-failed')
  if (!failed || !delivery.beside) return null
  return { text: text(delivery.beside.failed), at: failed.at, state: 'failed' }
}

/** After what was sent, before what is waited for. */
function withBeside(
  { status, steps: [sent, ...steps] }: Progress,
  news: TrackStep | null,
): Progress {
  if (!sent || !news) return { status, steps: sent ? [sent, ...steps] : steps }
  return { status: `${status} ${news.text}`, steps: [sent, news, ...steps] }
}
