import type { FastifyReply } from 'fastify'
import type { Destination } from '#core/login/state.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'

/** The requests of platforms that wait for a login; the door of OpenID Connect answers them. */
export interface WaitingRequests {
  /**
   * Where a request leads that waits for this session, worked out here and now: to its platform
   * with the answer, or to a page of ours that asks for more.
   *
   * @returns `null` where the browser that asks is not known to have made it, where it is over, and
   *   where its own address has something to say first.
   */
  onward(reply: FastifyReply, asked: AskedOnward): Promise<string | null>
}

export interface AskedOnward {
  /** The name of the request. */
  readonly interaction: string
  readonly session: OpenSession
  /** Where the login of this session led, for a caller who knows. */
  readonly leadsTo?: Destination | null
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Not there where no platform logs in. */
    readonly waitingRequests?: WaitingRequests
  }
}
