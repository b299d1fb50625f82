import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { readCode } from '#core/text/typed.ts'
import { useBare } from '../../context.ts'
import { Icon } from '../../layout/icons.tsx'
import { announce, Heading, hush } from '../../layout/page.tsx'
import { type PinRule, takesLetters } from '../../key/pin.ts'
import { t } from '../../words/words.ts'

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9']

/**
 * Where a PIN is typed: on the keys shown, on a real keyboard, or, after `abc`, in a field.
 * It says nothing about whether the PIN is right, because the phone does not know.
 */
export function PinEntry(props: {
  readonly title: string
  readonly lead: string
  /** Above the lead: what the PIN is for. */
  readonly about?: ComponentChildren
  readonly rule: PinRule
  readonly error?: string | null
  readonly working?: boolean
  readonly onPin: (pin: string) => void
  readonly onCancel: () => void
  readonly children?: ComponentChildren
}) {
  const { title, lead, about, rule, working = false, onPin, onCancel, children } = props
  useBare()
  useLayoutEffect(() => hush, [])
  // Fingers are faster than drawing: what is typed stands in `latest`, and is drawn when there is
  // time.
  const latest = useRef('')
  const [pin, setPin] = useState('')
  const [letters, setLetters] = useState(false)
  const [short, setShort] = useState(false)
  const error = short ? t('flaw.short', { length: rule.lengthMin }) : (props.error ?? null)

  const typed = (next: string) => {
    latest.current = next.slice(0, rule.lengthMax)
    setShort(false)
    setPin(latest.current)
    announce(t('pin.typed', { count: latest.current.length }))
  }
  const add = (character: string) => typed(latest.current + character)
  const remove = () => typed(latest.current.slice(0, -1))
  const submit = () => {
    if (working) return
    if (latest.current.length < rule.lengthMin) setShort(true)
    else onPin(latest.current)
  }
  useKeyboard(!letters && !working, { add, remove, submit, cancel: onCancel })

  return (
    <form
      class="pin"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <div class="stack">
        <Heading>{title}</Heading>
        {about}
        <p class="quiet">{lead}</p>
        {error && (
          <p class="error" role="alert">
            <Icon name="warn" />
            <span>{error}</span>
          </p>
        )}
      </div>
      {letters ? (
        <LettersField pin={pin} typed={typed} />
      ) : (
        <Dots filled={pin.length} of={rule.lengthMax} />
      )}
      <div class="keys push">
        {!letters &&
          DIGITS.map((digit) => <Key key={digit} text={digit} press={() => add(digit)} />)}
        {takesLetters(rule) ? (
          <button type="button" class="word" onClick={() => setLetters(!letters)}>
            <span aria-hidden="true">{letters ? t('pin.digits') : t('pin.letters')}</span>
            <span class="hidden">{letters ? t('pin.toDigits') : t('pin.toLetters')}</span>
          </button>
        ) : (
          <span />
        )}
        {!letters && <Key text="0" press={() => add('0')} />}
        {!letters && (
          <button type="button" class="word" onClick={remove}>
            <Icon name="back" label={t('pin.delete')} />
          </button>
        )}
      </div>
      <div class="half">
        <button type="button" class="button plain" onClick={onCancel}>
          {t('pin.cancel')}
        </button>
        <button type="submit" class="button" aria-disabled={working}>
          {working ? t('pin.working') : t('pin.ok')}
        </button>
      </div>
      {children}
    </form>
  )
}

function Key({ text, press }: { readonly text: string; readonly press: () => void }) {
  return (
    <button type="button" onClick={press}>
      {text}
    </button>
  )
}

function Dots({ filled, of }: { readonly filled: number; readonly of: number }) {
  return (
    <div class="dots push" aria-hidden="true">
      {Array.from({ length: of }, (_, index) => (
        <i key={index} class={index < filled ? 'on' : undefined} />
      ))}
    </div>
  )
}

function LettersField(props: { readonly pin: string; readonly typed: (pin: string) => void }) {
  const input = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => input.current?.focus(), [])
  return (
    <div class="field push">
      <label for="pin">{t('pin.field')}</label>
      <input
        ref={input}
        class="code"
        id="pin"
        type="password"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={props.pin}
        onInput={(event) => props.typed(readCode(event.currentTarget.value))}
      />
    </div>
  )
}

interface Keyboard {
  readonly add: (character: string) => void
  readonly remove: () => void
  readonly submit: () => void
  readonly cancel: () => void
}

/**
 * A real keyboard works as if it were the keys shown; on a focused button Enter presses that
 * button.
 */
function useKeyboard(active: boolean, keyboard: Keyboard): void {
  const latest = useRef(keyboard)
  latest.current = keyboard
  useLayoutEffect(() => {
    if (!active) return undefined
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
      const { add, remove, submit, cancel } = latest.current
      const onControl =
        event.target instanceof HTMLElement && event.target.closest('button, a') !== null
      const key = readCode(event.key)
      if (/^[0-9A-Za-z]$/.test(key)) add(key)
      else if (event.key === 'Backspace') remove()
      else if (event.key === 'Enter' && !onControl) submit()
      else if (event.key === 'Escape') cancel()
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', pressed)
    return () => document.removeEventListener('keydown', pressed)
  }, [active])
}
