import type { PromptField, PromptView } from '#methods/prompt.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { number, numbered } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** What is typed into a page, and what comes before it. */

/** How a code is typed: with the keys that it needs, and in a field as wide as it is. */
export function typedAttributes({ kind, length }: PromptField): string {
  const width = length > 6 ? 'code long' : 'code'
  switch (kind) {
    case 'telephone':
      return 'type="tel" autocomplete="tel"'
    case 'email':
      return 'type="email" autocomplete="email" autocapitalize="off" spellcheck="false"'
    case 'symbols':
      return (
        `class="${width}" type="text" autocomplete="off" ` +
        'autocapitalize="characters" spellcheck="false"'
      )
    case 'digits':
      return (
        `class="${width}" type="text" inputmode="numeric" autocomplete="one-time-code" ` +
        'autocapitalize="off" spellcheck="false"'
      )
    case 'scripted':
      return 'type="hidden"'
  }
}

/**
 * Numbered instructions of which the last is to fill in the field; the field alone where there are
 * none.
 */
export function stepsTo(
  { texts: t }: PageContext,
  { steps = [], number: shown }: Pick<PromptView, 'steps' | 'number'>,
  input: Html,
): Html {
  if (steps.length === 0) return input
  const last = steps.length - 1
  const items = steps.map(({ text: words, number: shows }, index) => {
    if (index === last) return input
    const digits = shows && shown ? number(shown.digits) : NOTHING
    return html`${rich(t, words.key, words.values)}${digits}`
  })
  return numbered(items)
}
