/** An event as it stands in the log: every column of its row. */
export interface LoggedEvent {
  readonly seq: number
  readonly at: number
  readonly kind: string
  readonly subscriberId: string | null
  readonly loginId: string | null
  /** The canonical JSON of the event, to the byte. */
  readonly body: string
}

/**
 * The text whose hash is the leaf of an event: canonical JSON (RFC 8785) of all that is kept of it.
 * It is put together around the body as it stands, so that a body which says the same in other
 * bytes has another leaf.
 */
export function leafText({ seq, at, kind, subscriberId, loginId, body }: LoggedEvent): string {
  const text = (value: string | null): string => JSON.stringify(value)
  const rest = `"kind":${text(kind)},"loginId":${text(loginId)},"seq":${seq}`
  return `{"at":${at},"event":${body},${rest},"subscriberId":${text(subscriberId)}}`
}
