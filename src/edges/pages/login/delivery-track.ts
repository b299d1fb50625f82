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
): { readonly steps: readonly TrackStep[]; readonly status: string } {
  const sent = { text: text(delivery.sent), at: login.challenge.openedAt, state: 'done' } as const
  const delivered = receipts.find(({ kind }) => kind === 'delivered')
  const failed = receipts.find((receipt) => receipt.kind === 'failed')
  if (delivered) {
    const words = text(delivery.delivered)
    return { status: words, steps: [sent, { text: words, at: delivered.at, state: 'done' }] }
  }
  if (failed?.kind === 'failed') {
    const [words, advice] = [text(delivery.failed), text(`login.delivery.${failed.reason}`)]
    const step = { text: words, at: failed.at, state: 'failed' } as const
    return {
      status: `${words} ${advice}`,
      steps: [sent, step, { text: advice, at: null, state: 'current' }],
    }
  }
  const waiting = { text: text('login.delivery.waiting'), at: null, state: 'current' } as const
  return { status: sent.text, steps: [sent, waiting] }
}
