import { createHash } from 'node:crypto'
import { after, type Instant, instant, minutes } from '#core/time/time.ts'
import { isKeyedHash, keyedHash } from '#engine/secrets.ts'
import type { World } from '#engine/world.ts'

/**
 * What a passkey is asked, where nothing is written before it answers: the page carries a nonce and
 * a time under a seal, and the challenge is computed from the nonce and from what is asked about.
 * Who changes what is asked about asks another challenge, which was not signed.
 */
export interface Question {
  /** Goes with the page, and comes back with the answer. */
  readonly sealed: string
  readonly until: Instant
  /** The challenge, under which a used one is remembered. */
  readonly challenge: string
  /** Draws the challenge: what the method takes for chance. */
  readonly random: (length: number) => Uint8Array
}

/** As long as the page that carries it is likely to be looked at. */
const QUESTION_LIFETIME = minutes(5)

/** @param about all that the answer is to stand for, in one text. */
export function newQuestion(world: World, about: string): Question {
  const nonce = Buffer.from(world.random(16)).toString('base64url')
  const until = after(world.now(), QUESTION_LIFETIME)
  const head = `${nonce}.${until}`
  const sealed = `${head}.${keyedHash(world.keys, LABEL, head)}`
  return questionOf({ head, until, sealed }, about)
}

/** The question that a page brings back; `null` for one that is not ours, and for one too late. */
export function openedQuestion(world: World, sealed: string, about: string): Question | null {
  const end = sealed.lastIndexOf('.')
  const head = sealed.slice(0, Math.max(end, 0))
  const seal = sealed.slice(end + 1)
  if (!isKeyedHash(world.keys, { label: LABEL, text: head }, seal)) return null
  const until = instant(Number(head.split('.')[1]))
  return world.now() < until ? questionOf({ head, until, sealed }, about) : null
}

const LABEL = 'desk/question'

interface Head {
  readonly head: string
  readonly until: Instant
  readonly sealed: string
}

function questionOf({ head, until, sealed }: Head, about: string): Question {
  const bytes = createHash('sha256').update(`${head} ${about}`).digest()
  return {
    sealed,
    until,
    challenge: bytes.toString('base64url'),
    random: (length) => {
      if (length !== bytes.length) throw new Error('a challenge is as long as its hash')
      return bytes
    },
  }
}
