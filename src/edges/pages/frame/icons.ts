import { type Html, trusted } from '#edges/pages/frame/html.ts'

/** Line drawings on a grid of 24; each stands beside a word and says nothing by itself. */
const DRAWINGS = {
  phone: '<rect x="7" y="2.5" width="10" height="19" rx="2"/><path d="M11 18.5h2"/>',
  call:
    '<path d="M5 3.5h3.5l1.5 5-2.3 1.6a11 11 0 0 0 6.2 6.2l1.6-2.3 5 1.5' +
    'V19a2 2 0 0 1-2 2A16.5 16.5 0 0 1 3 5.5a2 2 0 0 1 2-2z"/>',
  check: '<path d="M4.5 12.5l5 5 10-11"/>',
  warn: '<path d="M12 3.5L2.5 20h19zM12 10v4.5M12 17.3v.01"/>',
  info: '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.5v.01"/>',
  lock:
    '<rect x="5" y="10.5" width="14" height="10" rx="2"/>' +
    '<path d="M8 10.5V7a4 4 0 0 1 8 0v3.5"/>',
  token:
    '<rect x="4" y="2.5" width="16" height="19" rx="2"/>' +
    '<path d="M7.5 6.5h9v3h-9zM8 13.5v.01M12 13.5v.01M16 13.5v.01' +
    'M8 17.5v.01M12 17.5v.01M16 17.5v.01"/>',
  key: '<circle cx="8" cy="15.5" r="4.5"/><path d="M11.5 12.3L20 3.8M16 7.8l3 3"/>',
  text: '<path d="M3.5 4.5h17v12h-9l-5 4v-4h-3zM8 10.5v.01M12 10.5v.01M16 10.5v.01"/>',
  letter: '<rect x="2.5" y="5" width="19" height="14" rx="2"/><path d="M3 6.5l9 6.5 9-6.5"/>',
  card: '<rect x="2.5" y="5" width="19" height="14" rx="2"/><path d="M2.5 10h19M6 15h5"/>',
  clock: '<circle cx="12" cy="12" r="9"/><path d="M12 6.5V12l3.5 2.5"/>',
  next: '<path d="M9 5l7 7-7 7"/>',
} as const

export type IconName = keyof typeof DRAWINGS

const ICONS = new Map(
  Object.entries(DRAWINGS).map(([name, drawing]) => [
    name,
    trusted(`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${drawing}</svg>`),
  ]),
)

export function icon(name: IconName): Html {
  const found = ICONS.get(name)
  if (!found) throw new Error(`no icon is called ${name}`)
  return found
}

/** Two halves that fit each other only: what is asked, and its countersign. On a grid of 28. */
const HALVES =
  'M9.25 2.98v12.27h7v10.54A12 12 0 0 1 9.25 2.98z' +
  'M18.75 25.02V12.75h-7V2.21a12 12 0 0 1 7 22.81z'

/** The sign before the name of the brokerage, where it has no logo of its own. */
export const SIGN: Html = trusted(
  `<svg viewBox="0 0 28 28" aria-hidden="true"><path fill="currentColor" d="${HALVES}"/></svg>`,
)

/** The same for a tab of the browser, in the brand's colour. */
export const signFile = (accent: string): string =>
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28">' +
  `<path fill="${accent}" d="${HALVES}"/></svg>`
