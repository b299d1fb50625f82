import type { PromptView } from '#methods/prompt.ts'

/** A code is asked for on the first page of a reset, never as a challenge. */
export function describe(): readonly [PromptView, ...PromptView[]] {
  return [{ name: 'reset-code', title: 'reset.title', lead: { key: 'reset.lead' } }]
}
