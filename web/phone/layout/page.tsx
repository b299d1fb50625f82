import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Icon, type IconName } from './icons.tsx'
import { t } from '../words/words.ts'

/** The parts every view is made of. */

let firstPage = true

/** Says something to a reader of the screen: events only, in whole sentences, never each second. */
export function announce(sentence: string): void {
  const region = document.getElementById('live')
  if (!region) return
  // The same words twice in a row would not be read again.
  region.textContent = region.textContent === sentence ? `${sentence}\u00a0` : sentence
}

/** What was announced is not true of the page that follows. */
export function hush(): void {
  document.getElementById('live')?.replaceChildren()
}

/**
 * Marks the page while its client goes from place to place by keyboard, and until they touch or
 * click: only then a heading that takes the focus shows a ring. What a browser itself takes for a
 * keyboard is also a script that moves the focus before anything was focused.
 */
export function watchKeyboard({ dataset }: HTMLElement): void {
  const isMoving = ({ key }: KeyboardEvent) => key === 'Tab' || key.startsWith('Arrow')
  window.addEventListener('keydown', (event) => isMoving(event) && (dataset.keyboard = ''), true)
  window.addEventListener('pointerdown', () => delete dataset.keyboard, true)
}

/**
 * The heading of a view: it takes the focus when the view appears, so that reading begins there.
 */
export function Heading(props: {
  readonly children: string
  /** A name in it that stays in one line. */
  readonly name?: string
}) {
  const { children, name = '' } = props
  const heading = useRef<HTMLHeadingElement>(null)
  // At once: a client who types faster than the browser paints must not lose the focus again.
  useLayoutEffect(() => {
    document.title = t('title', { page: children, app: t('app') })
    // At the very start the browser reads the page by itself.
    if (!firstPage) heading.current?.focus()
    firstPage = false
    window.scrollTo(0, 0)
  }, [children])
  return (
    <h1 ref={heading} tabIndex={-1}>
      <Named sentence={children} name={name} />
    </h1>
  )
}

/** Label, hint, error, input, in this order; the input gets its ids from the same `id`. */
export function Field(props: {
  readonly id: string
  readonly label: string
  readonly hint?: string
  readonly error: string | null
  readonly children: ComponentChildren
}) {
  const { id, label, hint, error, children } = props
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="error" id={`${id}-error`} role="alert">
          <Icon name="warn" />
          <span>{error}</span>
        </p>
      )}
      {children}
    </div>
  )
}

/** What ties an input to its hint and error, and keeps browsers from helping where that hurts. */
export function fieldOf(id: string, { hint, error }: { hint?: boolean; error: string | null }) {
  const described = [...(hint ? [`${id}-hint`] : []), ...(error ? [`${id}-error`] : [])].join(' ')
  return {
    id,
    name: id,
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: false,
    required: true,
    ...(described && { 'aria-describedby': described }),
    ...(error && { 'aria-invalid': 'true' as const }),
  } as const
}

export function Notice(props: {
  readonly kind?: 'ok' | 'warn' | 'bad'
  readonly icon?: IconName
  /** Read out at once, and again when it changes; what is bad, unless said otherwise. */
  readonly isAlert?: boolean
  readonly children: ComponentChildren
}) {
  const { kind, icon = kind === 'ok' ? 'check' : kind ? 'warn' : 'info', children } = props
  const { isAlert = kind === 'bad' } = props
  return (
    <div class={kind ? `notice ${kind}` : 'notice'} {...(isAlert && { role: 'alert' as const })}>
      <Icon name={icon} />
      <div class="stack">{children}</div>
    </div>
  )
}

/**
 * A sentence in which a name stays in one line, also where it has a hyphen, such as "demo-anna".
 */
export function Named({ sentence, name }: { readonly sentence: string; readonly name: string }) {
  const [before = '', after] = name === '' ? [sentence] : sentence.split(name, 2)
  if (after === undefined) return <>{sentence}</>
  return (
    <>
      {before}
      <span class="whole">{name}</span>
      {sentence.slice(before.length + name.length)}
    </>
  )
}

/** A sentence with the telephone number as a link that calls. */
export function Call({ sentence, help }: { readonly sentence: string; readonly help: string }) {
  const [before = '', after = ''] = sentence.split(help)
  if (!help || !sentence.includes(help)) return <>{sentence}</>
  return (
    <>
      {before}
      <a href={`tel:${help.replace(/[^+0-9]/g, '')}`}>{help.replaceAll(' ', '\u00a0')}</a>
      {after}
    </>
  )
}

/** Puts the focus into a field after its error was drawn. */
export function focusSoon(id: string): void {
  requestAnimationFrame(() => document.getElementById(id)?.focus())
}
