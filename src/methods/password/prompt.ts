import type { PromptView } from '#methods/prompt.ts'

/** A password is asked for on the first page of a login, never as a challenge. */
export function describe(): readonly [PromptView, ...PromptView[]] {
  return [{ name: 'password', title: 'login.title', lead: { key: 'login.title' } }]
}
