const WARNING_S = 120

/** Warns before a session ends, and leaves the page when it has. @param to the way in */
export function warnBeforeTheEnd(to = '/portal'): void {
  const warning = document.getElementById('session-end')
  if (!warning) return
  const wait = Number(warning.dataset.seconds) - WARNING_S
  setTimeout(() => {
    warning.hidden = false
  }, wait * 1_000)
  // A page of a session that is over must not be visible any more.
  setTimeout(() => location.replace(to), (wait + WARNING_S + 1) * 1_000)
}
