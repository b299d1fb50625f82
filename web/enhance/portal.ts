import { countDown } from './parts/left.ts'
import { openLater } from './parts/later.ts'
import { listening } from './parts/listening.ts'

/** The portal: it moves on when a phone is ready, and warns before a session ends. */

const WARNING_S = 120

document.getElementById('errors')?.focus()
openLater()
const status = document.getElementById('status')
if (status?.dataset.stream) {
  const { stream } = status.dataset
  const here = stream.replace(/\/events$/, '')
  const events = listening(stream)
  events.addEventListener('moved', () => {
    events.close()
    location.replace(here)
  })
  countDown(() => location.replace(here))
}
// What was approved goes on by itself.
document.querySelector<HTMLFormElement>('form#go-on')?.requestSubmit()
warnBeforeTheEnd()

function warnBeforeTheEnd(): void {
  const warning = document.getElementById('session-end')
  if (!warning) return
  const wait = Number(warning.dataset.seconds) - WARNING_S
  setTimeout(() => {
    warning.hidden = false
  }, wait * 1_000)
  // A page behind a session that is over shows what nobody should see any more.
  setTimeout(() => location.replace('/portal'), (wait + WARNING_S + 1) * 1_000)
}
