import type { Actor } from '#core/events/event.ts'
import type { Hearings } from '#core/events/hearing.ts'
import type { ContactId, EnrolmentId } from '#core/ids.ts'

/** The audit events of addresses and of the opt-out from texts. */
export type ContactEvent =
  | {
      /** The number has answered STOP, or START; or its holder wants texts again. */
      readonly kind: 'texts.stopped' | 'texts.resumed'
      /** The keyed hash of it. */
      readonly number: string
      readonly by: Actor
    }
  | {
      /**
       * An address that a client claims: its code is sent, is typed wrong, or is never typed.
       */
      readonly kind: 'contact.proof-started' | 'contact.code-refused' | 'contact.proof-cancelled'
      readonly enrolmentId: EnrolmentId
      readonly contact: string
    }
  | {
      /** Its holder has typed the code that was sent there; it was theirs already. */
      readonly kind: 'contact.verified'
      readonly contactId: ContactId
      readonly contact: string
    }
  | {
      /** A new postal address is asked for, which a document has yet to show; or it is not. */
      readonly kind: 'contact.move-asked' | 'contact.move-cancelled'
      readonly contact: string
    }
  | {
      readonly kind: 'contact.set'
      readonly contactId: ContactId
      readonly contact: string
      readonly replaced: ContactId | null
      readonly by: Actor
    }

/** Who is told of each event. An event without an entry here does not compile. */
export const CONTACT_EVENTS: Hearings<ContactEvent> = {
  'texts.stopped': {
    activity: 'texts-stopped',
    // The sender of a text can be forged.
    notice: 'texts-stopped',
    desk: true,
    counted: true,
  },
  'texts.resumed': {
    activity: 'texts-resumed',
    notice: null,
    desk: true,
    counted: true,
  },
  'contact.proof-started': {
    activity: 'contact-begun',
    notice: null,
    desk: true,
    counted: true,
  },
  'contact.code-refused': {
    activity: 'contact-code-wrong',
    notice: null,
    desk: true,
    counted: true,
  },
  'contact.proof-cancelled': {
    activity: 'contact-cancelled',
    notice: null,
    desk: true,
    counted: true,
  },
  'contact.verified': {
    activity: 'contact-verified',
    notice: null,
    desk: true,
    counted: true,
  },
  'contact.move-asked': {
    activity: 'contact-move-asked',
    // Nothing goes there yet; that it counts is told to both.
    notice: null,
    desk: true,
    counted: true,
  },
  'contact.move-cancelled': {
    activity: 'contact-move-cancelled',
    notice: null,
    desk: true,
    counted: true,
  },
  'contact.set': {
    activity: 'contact-set',
    notice: 'contact-changed',
    desk: true,
    counted: true,
  },
}
