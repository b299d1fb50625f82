import { instant } from '#core/time/time.ts'
import { type Card, drawnCard } from '#methods/code-card/card.ts'
import type { CardPrompt } from '#methods/code-card/prompt.ts'
import { keyed, sampleChance } from '#methods/sample-tools.ts'
import type { Sample } from '#methods/sample.ts'

export const SAMPLE_KEYED = keyed('code-card')

const drawn = drawnCard(SAMPLE_KEYED, {
  random: sampleChance('sample card'),
  now: instant(Date.UTC(2026, 10, 20, 12)),
})

export const sampleCard: Card = { ...drawn.card, asked: null }

/** What stands beside these numbers, typed without a gap. */
export const codesAt = (pair: readonly number[]): string =>
  pair.map((index) => drawn.printed.codes[index - 1] ?? '').join('')

export const sample: Sample = {
  state: sampleCard,
  holder: async (prompt) => ({ codes: codesAt((prompt as unknown as CardPrompt).pair) }),
  secrets: [sampleCard.salt, ...sampleCard.cells.flatMap((cell) => cell ?? [])],
}
