/** How many forms with files are read at the same time. */
export interface UploadBounds {
  /** Of one client: one that is sent, and one more from another browser. */
  readonly each: number
  /** Of all clients of this node. */
  readonly all: number
}

/** Each is read as it comes, sealed and written: many at once would take the node from logins. */
export const UPLOADS: UploadBounds = { each: 2, all: 20 }

/** Takes a place for one form. @returns what gives it back; `null` when there is none. */
export type Uploads = (client: string) => (() => void) | null

export function uploadsOf({ each, all }: UploadBounds): Uploads {
  const counts = new Map<string, number>()
  let total = 0
  return (client) => {
    const count = counts.get(client) ?? 0
    if (count >= each || total >= all) return null
    counts.set(client, count + 1)
    total += 1
    let isGiven = false
    return () => {
      if (isGiven) return
      isGiven = true
      total -= 1
      const left = (counts.get(client) ?? 1) - 1
      if (left === 0) counts.delete(client)
      else counts.set(client, left)
    }
  }
}
