/** Says that mail has come, and shows it: the list is drawn by the server. */
export function followMailbox(news: HTMLElement): void {
  const { events = '', count = '0', new: words = '' } = news.dataset
  new EventSource(events).addEventListener('news', (event) => {
    const { mails } = JSON.parse((event as MessageEvent<string>).data) as { readonly mails: number }
    if (String(mails) === count) return
    news.textContent = words
    location.reload()
  })
}
