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
  events.on('ended', leave)
  events.on('changed', () => location.reload())
  events.on('news', () => {
    const news = document.getElementById('news')
    if (news) news.hidden = false
  })
  // What the agent sends leads on by itself, such as the close of the case that the page waits for.
  let isLeaving = false
  document.addEventListener('submit', () => {
    isLeaving = true
  })
  // What the page waited for has come. Nothing is typed on a page that waits.
  events.on('moved', () => {
    events.close()
    if (isLeaving) return
    location.replace(location.pathname.replace(/(\/cases\/\w+).*/, '$1'))
  })
}
warnBeforeTheEnd('/login')
