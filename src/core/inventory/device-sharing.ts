import { type Acr, atLeast } from '#core/assurance.ts'

/** Who a client is, as the back office has recorded it. */
export interface Identity {
  readonly birthDate: string
  /** Two letters of ISO 3166-1, as the next. */
  readonly citizenship: string
  readonly residence: string
  readonly documentType: string
  readonly documentNumber: string
}

/** One of those who want to share a device. */
export interface Participant {
  /** The company or trust that the client acts for; `null` for a client who acts for themselves. */
  readonly entity: string | null
  /** `null` where the back office has not said. */
  readonly identity: Identity | null
  /** How strong each of the devices is that they hold and that still answers. */
  readonly holds: readonly Acr[]
}

export type SharingObstacle =
  | 'token.temporary-device'
  | 'token.different-people'
  | 'token.weaker-device'

/** What is handed out for days or weeks only: the temporary passcode and the code card. */
const TEMPORARY: readonly Acr[] = ['2t', '2c']

/**
 * Why these may not share a device of this strength; `null` when they may. They act for one entity,
 * or they are one and the same person under several user names; none of them uses a temporary
 * device; and of all that they hold it is the strongest (R120).
 */
export function sharingObstacle(
  shared: Acr,
  participants: readonly Participant[],
): SharingObstacle | null {
  const holds = participants.flatMap((one) => one.holds)
  if (holds.some((acr) => TEMPORARY.includes(acr))) return 'token.temporary-device'
  if (!isOneEntity(participants) && !isOnePerson(participants)) return 'token.different-people'
  return holds.every((acr) => atLeast(shared, acr)) ? null : 'token.weaker-device'
}

function isOneEntity(participants: readonly Participant[]): boolean {
  const [first, ...others] = participants
  return (
    first !== undefined &&
    first.entity !== null &&
    others.every(({ entity }) => entity === first.entity)
  )
}

function isOnePerson(participants: readonly Participant[]): boolean {
  const [first, ...others] = participants
  const { identity } = first ?? { identity: null }
  if (!identity) return false
  return others.every(
    (other) =>
      other.identity !== null && FACTS.every((fact) => other.identity?.[fact] === identity[fact]),
  )
}

const FACTS = [
  ...(['birthDate', 'citizenship', 'residence'] as const),
  ...(['documentType', 'documentNumber'] as const),
] as const satisfies readonly (keyof Identity)[]
