import { followCall } from './parts/call.ts'
import { countHolds } from './parts/hold.ts'
import { countDown } from './parts/left.ts'
import { openLater } from './parts/later.ts'
import { listening } from './parts/listening.ts'
import { warnBeforeTheEnd } from './parts/session-end.ts'
import { addShow } from './parts/show.ts'

/**
 * The portal: it moves on when a phone is ready, says which of us talks to its client, and warns
 * before a session ends.
 */

document.getElementById('errors')?.focus()
openLater()
countHolds()
addShow()
followCall()
const status = document.getElementById('status')
if (status?.dataset.stream) {
  const { stream } = status.dataset
  const here = stream.replace(/\/events$/, '')
  const events = listening(stream)
  const look = () => {
    events.close()
    location.replace(here)
  }
  events.on('moved', look)
  events.on('ended', look)
  countDown(look)
}
// What was approved goes on by itself.
document.querySelector<HTMLFormElement>('form#go-on')?.requestSubmit()
warnBeforeTheEnd()
