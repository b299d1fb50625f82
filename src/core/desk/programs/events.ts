import type { BehalfDeed } from '#core/desk/programs/behalf.ts'
import type { EventActor } from '#core/events/event.ts'
import type { Hearings } from '#core/events/hearing.ts'

/** The audit events of programs that act for members of staff. */
export interface ProgramEvent {
  /** It was done for two members, because it takes two. */
  readonly kind: 'desk.acted-together'
  readonly act: BehalfDeed
  readonly second: EventActor
}

export const PROGRAM_EVENTS: Hearings<ProgramEvent> = {
  // The client hears of what was done, by its own event.
  'desk.acted-together': { activity: null, notice: null, desk: true, counted: true },
}
