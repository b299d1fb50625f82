/** The part of the package that we use; it has no types of its own. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events'
  import type { Server as NetServer, Socket } from 'node:net'

  export interface Pdu {
    readonly command: string
    readonly command_status: number
    readonly sequence_number: number
    readonly message_id?: string
    readonly system_id?: string
    readonly password?: string
    readonly esm_class?: number
    readonly data_coding?: number
    readonly source_addr?: string
    readonly destination_addr?: string
    readonly registered_delivery?: number
    readonly short_message?: {
      readonly message?: string | Buffer
      readonly udh?: readonly Buffer[]
    }
    readonly receipted_message_id?: string
    readonly message_state?: number
    readonly dlt_entity_id?: string
    readonly dlt_template_id?: string
    response(options?: Readonly<Record<string, unknown>>): Pdu
  }

  type Fields = Readonly<Record<string, unknown>>
  type Answered = (pdu: Pdu) => void

  export interface Session extends EventEmitter {
    readonly socket: Socket
    /** @returns `false`, and sends nothing, when the connection cannot be written to. */
    send(pdu: Pdu, answered?: Answered): boolean
    bind_transceiver(fields: Fields, answered: Answered): boolean
    submit_sm(fields: Fields, answered: Answered): boolean
    deliver_sm(fields: Fields, answered?: Answered): boolean
    enquire_link(fields: Fields, answered: Answered): boolean
    unbind(fields: Fields, answered?: Answered): boolean
    destroy(): void
  }

  interface Smpp {
    readonly PDU: new (command: string, fields: Fields) => { toBuffer(): Buffer }
    readonly types: { readonly tlv: { readonly cstring: unknown } }
    addTLV(tag: string, options: { readonly id: number; readonly type: unknown }): void
    createServer(listener: (session: Session) => void): NetServer
  }

  const smpp: Smpp
  export default smpp
}
