import type { Json } from '#core/json.ts'
import { PICTURE_TYPE, TASK_SUITE } from '#methods/phone-key/signing.ts'
import type { TaskPicture } from '#methods/phone-key/wire.ts'
import { digest } from '#oath/webcrypto.ts'
import { transactionQuestion } from '#oath/ocra.ts'
import { canonicalJson } from '#core/json.ts'
import type { Binding } from '../server/bindings.ts'
import { suiteOf } from '../key/respond.ts'
import { opened } from '../server/server.ts'

/** A task from a picture, and the key of this phone that it is for. */
export interface ReadPicture {
  readonly binding: Binding
  readonly task: TaskPicture
}

/**
 * Reads the picture of a task, with no connection: what the server has signed for a key of this
 * phone, and nothing that is one byte away from it.
 *
 * @param picture `<payload>.<signature>`; the header is the one that both sides know.
 * @returns `null` for a picture that the server did not sign, or that is for another phone.
 */
export async function readPicture(
  picture: string,
  bindings: readonly Binding[],
): Promise<ReadPicture | null> {
  for (const binding of bindings) {
    const { kid } = binding.serverKey
    const header = JSON.stringify({ alg: 'ES256', kid, typ: PICTURE_TYPE })
    const jws = `${base64urlOf(header)}.${picture}`
    const task = await opened<TaskPicture>(jws, binding.serverKey, PICTURE_TYPE)
    if (task?.authenticator === binding.authenticator) return { binding, task }
  }
  return null
}

/** What the key answers for a task: its suite, and all that was shown as one question. */
export async function signingOf(task: TaskPicture) {
  const shown = await digest('SHA256', canonicalJson(task as unknown as Json))
  return { suite: suiteOf(TASK_SUITE), question: transactionQuestion(shown) }
}

const base64urlOf = (ascii: string): string =>
  btoa(ascii).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
