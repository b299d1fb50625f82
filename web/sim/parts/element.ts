/** An element with its class and what stands in it; text is text, and never becomes markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name)
  if (className !== '') made.className = className
  made.append(...children)
  return made
}

/** The same form as the server draws, sent without leaving the page. */
export async function post(
  address: string,
  fields: Readonly<Record<string, string>>,
): Promise<Response> {
  return await fetch(address, { method: 'POST', body: new URLSearchParams(fields) })
}
