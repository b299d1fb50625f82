/** Listens to the server, and only then says that the page moves on by itself. */
export function listening(address: string): EventSource {
  const promise = document.getElementById('moves-on')
  if (promise) promise.hidden = false
  return new EventSource(address)
}
