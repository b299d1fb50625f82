import { instant } from '#core/time/time.ts'
import type { OpenChange } from '#methods/change.ts'
import type { EnrolForm } from '#methods/enrol.ts'
import { responseField } from '#methods/security-card/prompt.ts'
import { PIN_LENGTH } from '#methods/security-card/wire.ts'
import type { Suite } from '#oath/ocra.ts'

/** The pages on which a PIN is changed: which one, and the proof that the card has it. */
const OWN = 'method.security-card.change'
/** Those on which a card is ordered, and proven when it has come. */
const ORDER = 'method.security-card.order'

export const orderAsks: EnrolForm = {
  title: `${ORDER}.title`,
  lead: `${ORDER}.lead`,
  field: {
    name: 'pin',
    label: `${ORDER}.label`,
    hint: `${ORDER}.hint`,
    button: `${ORDER}.button`,
    kind: 'digits',
    length: PIN_LENGTH,
  },
}

export const orderAgain: EnrolForm['field'] = {
  name: 'again',
  label: `${ORDER}.again`,
  hint: `${ORDER}.again-hint`,
  button: `${ORDER}.button`,
  kind: 'digits',
  length: PIN_LENGTH,
}

export const changeAsks: EnrolForm = {
  title: `${OWN}.title`,
  lead: `${OWN}.lead`,
  field: {
    name: 'pin',
    label: `${OWN}.label`,
    hint: `${OWN}.hint`,
    button: `${OWN}.button`,
    kind: 'digits',
    length: PIN_LENGTH,
  },
}

interface Asked {
  readonly number: string
  readonly expiresAt: number
}

export const describeChange = (suite: Suite, asked: Asked): OpenChange =>
  describeProof(OWN, suite, asked)

/** That a card has reached the client who ordered it. */
export const describeArrival = (suite: Suite, asked: Asked): OpenChange =>
  describeProof(ORDER, suite, asked)

function describeProof(words: string, { digits }: Suite, { number, expiresAt }: Asked): OpenChange {
  return {
    expiresAt: instant(expiresAt),
    view: {
      name: 'prove',
      title: `${words}.prove.title`,
      lead: { key: `${words}.prove.lead` },
      number: { digits: number },
      steps: [
        { text: { key: 'method.security-card.step.on' } },
        { text: { key: `${words}.prove.pin` } },
        { text: { key: 'method.security-card.step.challenge' }, number: true },
        { text: { key: 'method.security-card.step.answer' } },
      ],
      field: responseField(digits, `${words}.prove.button`),
    },
  }
}
