import { connect, type Socket } from 'node:net'

/**
 * HTTP/1.1 as far as a load generator needs it, over sockets that stay open: it shares the cores
 * with the server it measures, and the client of Node costs as much as the server does.
 *
 * @see RFC 9112, "HTTP/1.1", section 6, "Message Body"
 */
export interface Connection {
  /** One request at a time. @throws Error when the server closes in the middle of an answer. */
  ask(request: Request): Promise<Reply>
  close(): void
}

export interface Request {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Whole lines, each with its end. */
  readonly headers: string
  readonly body?: string
}

export interface Reply {
  readonly status: number
  /** The status line and all headers, as they came. */
  readonly head: string
  readonly body: Buffer
}

export function openConnection(port: number): Connection {
  let socket: Socket | null = null
  let received: readonly Buffer[] = []
  let waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | null = null

  const lose = (error: Error) => {
    socket = null
    received = []
    waiting?.reject(error)
    waiting = null
  }
  const opened = (): Socket => {
    const made = connect({ port, host: '127.0.0.1', noDelay: true })
    made.on('data', (bytes) => {
      received = [...received, bytes]
      const reply = replyIn(received.length === 1 ? bytes : Buffer.concat(received))
      if (!reply) return
      received = []
      const asked = waiting
      waiting = null
      if (/^connection: close/im.test(reply.head)) made.destroy()
      asked?.resolve(reply)
    })
    made.on('error', lose)
    made.on('close', () => socket === made && lose(new Error('the server closed the connection')))
    return made
  }

  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (waiting) throw new Error('one request at a time')
        waiting = { resolve, reject }
        if (!socket || socket.destroyed) socket = opened()
        socket.write(written(request))
      }),
    close() {
      socket?.destroy()
      socket = null
    },
  }
}

/** The bytes of a request. */
export function written({ method, path, headers, body }: Request): string {
  const length = body === undefined ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`
  return `${method} ${path} HTTP/1.1\r\n${headers}${length}\r\n${body ?? ''}`
}

/** The answer, once all of it is there. */
export function replyIn(bytes: Buffer): Reply | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return null
  const head = bytes.toString('latin1', 0, end + 2)
  const status = Number(head.slice(9, 12))
  const start = end + 4
  const body = bodyOf(head, status, bytes.subarray(start))
  return body && { status, head, body }
}

function bodyOf(head: string, status: number, rest: Buffer): Buffer | null {
  if (status === 204 || status === 304) return rest.subarray(0, 0)
  const length = headerIn(head, 'content-length')
  if (length !== null) return rest.length < Number(length) ? null : rest.subarray(0, Number(length))
  return headerIn(head, 'transfer-encoding') === null ? rest.subarray(0, 0) : unchunked(rest)
}

function unchunked(rest: Buffer): Buffer | null {
  const pieces: Buffer[] = []
  for (let at = 0; ; ) {
    const line = rest.indexOf('\r\n', at)
    if (line === -1) return null
    const length = Number.parseInt(rest.toString('latin1', at, line), 16)
    const next = line + 2 + length + 2
    if (rest.length < next) return null
    if (length === 0) return Buffer.concat(pieces)
    pieces.push(rest.subarray(line + 2, line + 2 + length))
    at = next
  }
}

/**
 * The value of a header; `name` in lower case, as most of ours are sent. The provider of OpenID
 * Connect writes some in capitals.
 */
export function headerIn(head: string, name: string): string | null {
  const exact = head.indexOf(`\r\n${name}: `)
  const start = exact === -1 ? head.toLowerCase().indexOf(`\r\n${name}: `) : exact
  if (start === -1) return null
  const from = start + name.length + 4
  return head.slice(from, head.indexOf('\r\n', from))
}
