import type { BehalfDeed } from '#core/desk/programs/behalf.ts'
import type { Emergency, EmergencyDeed } from '#core/desk/programs/emergency.ts'
import type { EventActor } from '#core/events/event.ts'
import type { Hearings } from '#core/events/hearing.ts'

/** The audit events of programs and commands that act for members of staff. */
export type ProgramEvent =
  | {
      /** It was done for two members, because it takes two. */
      readonly kind: 'desk.acted-together'
      readonly act: BehalfDeed
      readonly second: EventActor
    }
  | {
      /** A command did what an agent does at the desk: compliance looks into it. */
      readonly kind: 'desk.glass-broken'
      readonly act: EmergencyDeed
      readonly why: Emergency
      readonly second?: EventActor
    }

/** The client hears of what was done, by its own event. */
const BESIDE = { activity: null, notice: null, desk: true, counted: true } as const

export const PROGRAM_EVENTS: Hearings<ProgramEvent> = {
  'desk.acted-together': BESIDE,
  'desk.glass-broken': BESIDE,
}
