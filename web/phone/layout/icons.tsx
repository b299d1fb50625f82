import type { ComponentChildren, JSX } from 'preact'

/** The set of the design, 24 by 24, drawn in the colour of the text. Each stands beside a word. */
const PATHS = {
  phone: [<rect x="7" y="2.5" width="10" height="19" rx="2" />, <path d="M11 18.5h2" />],
  key: [<circle cx="8" cy="12" r="4" />, <path d="M12 12h9.5M18 12v4" />],
  list: [<path d="M8.5 6H21M8.5 12H21M8.5 18H21M3.5 6h.01M3.5 12h.01M3.5 18h.01" />],
  help: [
    <circle cx="12" cy="12" r="9" />,
    <path d="M9.3 9.3a2.7 2.7 0 1 1 4 2.4c-.9.5-1.3 1-1.3 2M12 16.8v.01" />,
  ],
  next: [<path d="M9 5l7 7-7 7" />],
  check: [<path d="M4.5 12.5l5 5 10-11" />],
  warn: [<path d="M12 3.5L22 20.5H2zM12 10v5M12 17.8v.01" />],
  info: [<circle cx="12" cy="12" r="9" />, <path d="M12 11v5.5M12 7.5v.01" />],
  back: [<path d="M21 6H8.5L3 12l5.5 6H21zM12 9.5l5 5M17 9.5l-5 5" />],
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name, label }: { readonly name: IconName; readonly label?: string }) {
  const spoken = label ? ({ role: 'img', 'aria-label': label } as const) : { 'aria-hidden': true }
  return (
    <svg class="icon" viewBox="0 0 24 24" {...spoken}>
      {PATHS[name]}
    </svg>
  )
}

const OTHER_HALF = 'M18.75 25.02V12.75h-7V2.21a12 12 0 0 1 7 22.81z'

/** The mark in the masthead: two halves that fit each other; the server draws the same. */
export function Mark(): JSX.Element {
  return (
    <svg viewBox="0 0 28 28" aria-hidden="true">
      <path
        fill="currentColor"
        d={`M9.25 2.98v12.27h7v10.54A12 12 0 0 1 9.25 2.98z${OTHER_HALF}`}
      />
    </svg>
  )
}

/** One line with an icon, in the second voice. */
export function Iconed({
  name,
  children,
}: {
  readonly name: IconName
  readonly children: ComponentChildren
}) {
  return (
    <p class="iconed">
      <Icon name={name} />
      <span>{children}</span>
    </p>
  )
}
