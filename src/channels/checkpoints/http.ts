import { NotKept, type Place, PLACE_PATIENCE_MS } from '#channels/checkpoints/place.ts'

export interface HttpOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: typeof fetch
}

/** An address that checkpoints are posted to, as they are. */
export const httpOf = ({ url, headers, fetch }: HttpOptions): Place => ({
  name: 'http',
  async keep({ note }) {
    const { status } = await postText({ url, headers, body: note, fetch })
    if (status < 200 || status > 299) throw new NotKept(`status ${status}`)
  },
})

interface Posting extends HttpOptions {
  readonly body: string
}

export interface PostedText {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** The answer of a witness is shorter than this. */
const ANSWER_BYTES_MAX = 65_536

/**
 * Posts a text, and reads the one that is answered. A redirection is an answer, and is not followed
 * (A20).
 *
 * @throws when nothing answers in time.
 */
export async function postText({ url, headers, body, fetch }: Posting): Promise<PostedText> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(PLACE_PATIENCE_MS),
  })
  const type = response.headers.get('content-type') ?? ''
  return { status: response.status, type, text: await textOf(response) }
}

/** Reads a text. @throws when nothing answers in time. */
export async function getText({ url, fetch }: Pick<HttpOptions, 'url' | 'fetch'>) {
  const signal = AbortSignal.timeout(PLACE_PATIENCE_MS)
  const response = await fetch(url, { redirect: 'manual', signal })
  return { status: response.status, text: await textOf(response) }
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > ANSWER_BYTES_MAX) throw new NotKept('the answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
