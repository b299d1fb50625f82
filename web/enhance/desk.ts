import { listening } from './parts/listening.ts'
import { warnBeforeTheEnd } from './parts/session-end.ts'

/** The desk: a page of a session that has ended is not looked at any longer. */

document.getElementById('errors')?.focus()
const { stream } = document.body.dataset
if (stream) {
  const events = listening(stream)
  const leave = () => {
    events.close()
    location.replace('/login')
  }
  events.addEventListener('ended', leave)
  events.addEventListener('changed', () => location.reload())
  events.addEventListener('news', () => {
    const news = document.getElementById('news')
    if (news) news.hidden = false
  })
}
warnBeforeTheEnd('/login')
