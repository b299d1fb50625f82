import { createSecretKey } from 'node:crypto'
import { writeSync } from 'node:fs'
import { type Instant, instant } from '#core/time/time.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { askedBy, HOLDERS, SAMPLE_TOOLS } from '../holders.ts'
import { begin } from '../clients/engine-story.ts'
import { browser, testWorld } from '../server/world.ts'

/**
 * A process that dies at its nth commit, as if the cord was pulled: before it is sent, or when it
 * is acknowledged and not yet told. It says what it has told a claimant.
 *
 *   dying.fixture.ts <{ url, rootKey, now, nth, when }>
 */
const { url, rootKey, now, nth, when } = JSON.parse(process.argv[2] ?? '') as {
  readonly url: string
  readonly rootKey: string
  readonly now: number
  readonly nth: number
  readonly when: 'before' | 'after'
}
const machine: { now: Instant } = { now: instant(now) }
const root = createSecretKey(Buffer.from(rootKey, 'base64url'))
const beside = { url, keys: { current: 1, root: new Map([[1, root]]) }, machine }
const whole = await testWorld({ after: () => {} }, { beside, tools: SAMPLE_TOOLS })
let commits = 0

function dying<A, R>(commit: (writes: A) => Promise<R>): (writes: A) => Promise<R> {
  return async (writes) => {
    commits += 1
    const isLast = commits === nth
    if (isLast && when === 'before') process.kill(process.pid, 'SIGKILL')
    const done = await commit(writes)
    if (isLast) process.kill(process.pid, 'SIGKILL')
    return done
  }
}

const { commit, commitCounted } = whole.db
const db = { ...whole.db, commit: dying(commit), commitCounted: dying(commitCounted) }
const world = { ...whole, db }
const tell = (what: string) => writeSync(1, `${what}\n`)

const [holder] = HOLDERS
if (!holder) throw new Error('there is no second factor')
const asked = await askedBy(world, holder, { userName: 'anna' })
const client = browser()
const refused = await begin(world, client, { userName: 'anna', password: 'wrong' })
if (!refused.ok) tell('wrong password')
const { id } = asked.login
const mine = { id, holder: asked.client.holder }
if (!(await answerLogin(world, { ...mine, answer: asked.wrong })).ok) tell('wrong answer')
const other = await askedBy(world, holder, { userName: 'boris' })
const held = { id: other.login.id, holder: other.client.holder }
if ((await answerLogin(world, { ...held, answer: other.right })).ok) tell('session')
tell('end')
process.exit(0)
