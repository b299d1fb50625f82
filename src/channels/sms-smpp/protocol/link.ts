import {
  type Centre,
  type Connection,
  connection,
  type Submitted,
} from '#channels/sms-smpp/protocol/connection.ts'
import type { Fields } from '#channels/sms-smpp/protocol/line.ts'
import { turnstile } from '#channels/sms-smpp/protocol/turnstile.ts'

export interface LinkOptions extends Centre {
  /** Requests that may wait for an answer at the same time. */
  readonly window: number
  readonly perSecond: number
}

/** A connection to a message centre that is kept up. */
export interface Link {
  submit(fields: Fields): Promise<Submitted>
  close(): Promise<void>
}

/**
 * Stays bound.
 *
 *   down ──dialled──▶ binding ──accepted──▶ bound ──closed, silent, refused──▶ down, and again after a wait
 */
export function smppLink(options: LinkOptions): Link {
  const { patience, report } = options
  const turns = turnstile(options)
  const waiting = new Set<() => void>()
  let present: Connection | null = null
  let isBound = false
  let isClosed = false
  let failures = 0
  let again: NodeJS.Timeout | null = null

  const dial = () => {
    present = connection(options, {
      onBound() {
        isBound = true
        failures = 0
        for (const proceed of waiting) proceed()
      },
      onClosed() {
        isBound = false
        present = null
        if (isClosed) return
        // It is logged once, until the connection is there again.
        if (failures === 0) report('the message centre is not connected')
        again = setTimeout(dial, patience.reconnect[Math.min(failures, last)])
        failures += 1
      },
    })
  }
  const last = patience.reconnect.length - 1
  dial()

  const connected = async (signal: AbortSignal): Promise<void> => {
    if (isBound || isClosed) return
    await new Promise<void>((resolve) => {
      const proceed = () => {
        waiting.delete(proceed)
        signal.removeEventListener('abort', proceed)
        resolve()
      }
      waiting.add(proceed)
      signal.addEventListener('abort', proceed)
    })
  }

  return {
    async submit(fields) {
      const signal = AbortSignal.timeout(patience.begin)
      await connected(signal)
      const leave = await turns.enter(signal)
      if (!leave) return 'unsent'
      try {
        return isBound && present ? await present.submit(fields) : 'unsent'
      } finally {
        leave()
      }
    },
    async close() {
      isClosed = true
      if (again) clearTimeout(again)
      for (const proceed of waiting) proceed()
      await present?.leave()
    },
  }
}
