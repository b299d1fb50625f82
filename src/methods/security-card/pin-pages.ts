import { instant } from '#core/time.ts'
import type { OpenChange } from '#methods/change.ts'
import type { EnrolForm } from '#methods/enrol.ts'
import { responseField } from '#methods/security-card/prompt.ts'
import { PIN_LENGTH } from '#methods/security-card/wire.ts'
import type { Suite } from '#oath/ocra.ts'

/** The pages on which a PIN is changed: which one, and the proof that the card has it. */
const OWN = 'method.security-card.change'

export const changeAsks: EnrolForm = {
  title: `${OWN}.title`,
  lead: `${OWN}.lead`,
  field: {
    ...{ name: 'pin', label: `${OWN}.label`, hint: `${OWN}.hint`, button: `${OWN}.button` },
    ...{ kind: 'digits', length: PIN_LENGTH },
  },
}

export function describeChange(
  { digits }: Suite,
  { number, expiresAt }: { readonly number: string; readonly expiresAt: number },
): OpenChange {
  return {
    expiresAt: instant(expiresAt),
    view: {
      name: 'prove',
      title: `${OWN}.prove.title`,
      lead: { key: `${OWN}.prove.lead` },
      number: { digits: number, scannable: false },
      steps: [
        { text: { key: 'method.security-card.step.on' } },
        { text: { key: `${OWN}.prove.pin` } },
        { text: { key: 'method.security-card.step.challenge' }, number: true },
        { text: { key: 'method.security-card.step.answer' } },
      ],
      field: responseField(digits, `${OWN}.prove.button`),
    },
  }
}
