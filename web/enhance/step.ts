import { openLater } from './parts/later.ts'
import { countDown } from './parts/left.ts'
import { listening } from './parts/listening.ts'
import { showAges, showStatus, type Status } from './parts/track.ts'

/** The second step: the page listens, counts down, and moves on by itself. */

/** When nothing was heard of the phone for so long, the way without it is pointed out. */
const LATE_MS = 10_000

let isLeaving = false

// The answer is on its way: the news that it was right would break off the page that brings the
// session.
document.addEventListener('submit', () => {
  isLeaving = true
})
window.addEventListener('pageshow', (event) => {
  if (event.persisted) isLeaving = false
})

document.getElementById('errors')?.focus()
countDown(look)
openLater()
const stream = document.getElementById('status')?.dataset.stream
if (stream) listen(stream)

function listen(address: string): void {
  const events = listening(address)
  const late = document.getElementById('late')
  const lateTimer = setTimeout(() => {
    if (late) late.hidden = false
  }, LATE_MS)
  events.on('status', (event) => {
    const news = JSON.parse(event.data) as Status
    if (news.steps.length > 2) {
      clearTimeout(lateTimer)
      if (late) late.hidden = true
    }
    showStatus(news)
  })
  events.on('moved', (event) => {
    events.close()
    const { status } = JSON.parse(event.data) as { status: string }
    const region = document.getElementById('status')
    if (region) region.textContent = status
    look()
  })
  showAges()
  setInterval(showAges, 1_000)
  // A machine that slept has missed the news, and its connection may be gone.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && events.isAway) look()
  })
}

/**
 * The page as it is now; what went wrong before does not belong to it. Only once: a second request
 * would break off the first, and the session that it brings could get lost.
 */
function look(): void {
  if (isLeaving) return
  isLeaving = true
  const address = new URL(location.href)
  address.searchParams.delete('problem')
  location.replace(address)
}
