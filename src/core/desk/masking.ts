import type { ContactKind } from '#core/contact/address.ts'

/** What stands for letters that are not shown: as many always, so that no length is told. */
const HIDDEN = '•••'

/** A name or number: the agent sees enough to find their place, and not enough to use it. */
export const maskedName = (name: string): string => `${[...name][0] ?? ''}${HIDDEN}`

export const maskedNumber = (number: string): string =>
  number.length > SHOWN ? `${HIDDEN}${number.slice(-SHOWN)}` : HIDDEN

const SHOWN = 3

/** An address, until the caller is proven: enough to hear whether they mean the same one. */
export function maskedContact(kind: ContactKind, value: string): string {
  switch (kind) {
    case 'email': {
      const [name = '', host = ''] = value.split('@')
      return `${maskedName(name)}@${maskedName(host)}`
    }
    case 'mobile':
      return `${HIDDEN}${value.slice(-2)}`
    case 'postal':
      // That there is one: no line is known to be the country, and some addresses are one line.
      return HIDDEN
  }
}
