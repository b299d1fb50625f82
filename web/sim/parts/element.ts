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

const SVG = 'http://www.w3.org/2000/svg'

/** The icon of a telephone, as the server draws it. */
export function phoneIcon(): SVGElement {
  const [icon, path] = [document.createElementNS(SVG, 'svg'), document.createElementNS(SVG, 'path')]
  icon.setAttribute('class', 'icon')
  icon.setAttribute('viewBox', '0 0 24 24')
  icon.setAttribute('aria-hidden', 'true')
  const line =
    'M5 3.5h3.5l1.5 5-2.3 1.6a11 11 0 0 0 6.2 6.2l1.6-2.3 5 1.5' +
    'V19a2 2 0 0 1-2 2A16.5 16.5 0 0 1 3 5.5a2 2 0 0 1 2-2z'
  path.setAttribute('d', line)
  icon.append(path)
  return icon
}
