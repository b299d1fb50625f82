/**
 * Why a message did not arrive.
 *
 *   unreachable  the phone is off, out of reach, or no longer there
 *   rejected     the carrier refuses this number or message
 *   expired      it waited too long
 *   blocked      the carrier's filter has stopped it
 *   unclear      it may be on its way: the carrier took it and never answered, so it is not sent again
 *   undelivered  no carrier would take it
 *   stopped      the holder of the number has answered STOP
 */
export type FailureReason = (typeof FAILURE_REASONS)[number]

export const FAILURE_REASONS = [
  ...(['unreachable', 'rejected', 'expired', 'blocked', 'unclear', 'undelivered'] as const),
  'stopped',
] as const
