import type { BrowserContext } from 'playwright-core'
import type { Story } from './walks.ts'

/**
 * Counts the steps of a client. A step is one thing that a client decides, reads off or types: an
 * entry in one field or on one keypad, or a press that chooses something. The press that sends what
 * was just typed belongs to the entry before it. Opening a page, and waiting, are no steps.
 */
export interface Step {
  readonly at: string
  readonly what: string
}

/** Hears of each step in every page of this context, from the next page on. */
export async function countSteps(
  context: BrowserContext,
  heard: (step: Step) => void,
): Promise<void> {
  await context.exposeBinding('hearStep', (_source, step: Step) => heard(step))
  await context.addInitScript({ content: LISTENER })
}

/** Runs in the page. */
const LISTENER = `{
  const hear = (what) => window.hearStep({ at: location.pathname + location.hash, what })
  const entered = new Set()
  const enter = (into, what) => {
    if (!entered.has(into)) hear(what)
    entered.add(into)
  }
  const nameOf = (element) =>
    element.getAttribute('aria-label') ?? element.innerText.split('\\n')[0]
  const listen = (kind, hearing) =>
    addEventListener(kind, (event) => event.isTrusted && hearing(event), true)
  listen('input', ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return
    const isChoice = ['radio', 'checkbox'].includes(target.type)
    const label = target.labels?.[0]
    enter(target, (isChoice ? 'choose ' : 'enter ') + (label ? nameOf(label) : target.name))
  })
  listen('keydown', ({ key, target }) => {
    const isTyped = key.length === 1 && !(target instanceof HTMLInputElement)
    if (isTyped) enter(document, 'enter on the keypad')
  })
  listen('click', ({ target }) => {
    const pressed = target instanceof Element ? target.closest('a, button, summary') : null
    if (!pressed) return
    if (entered.size === 0) hear('press ' + nameOf(pressed))
    entered.clear()
  })
}`

/**
 * What `docs/steps.md` says: each story that promises a number of steps, counted as it was walked.
 */
export function stepsPage(
  stories: readonly Pick<Story, 'name' | 'title' | 'steps'>[],
  counted: ReadonlyMap<string, readonly Step[]>,
): string {
  const stepsOf = (name: string) => counted.get(name) ?? []
  const rows = stories.map(({ name, title, steps }) => {
    const cells = [
      `[${title}](#${anchorOf(title)})`,
      steps?.from,
      stepsOf(name).length,
      steps?.goal,
    ]
    return `| ${cells.join(' | ')} |`
  })
  const lists = stories.flatMap(({ name, title, steps }) => [
    `## ${title}`,
    '',
    ...(steps?.beside === undefined ? [] : [steps.beside, '']),
    ...stepsOf(name).map(({ what }, index) => `${index + 1}. ${what}`),
    '',
  ])
  return [
    '# Steps',
    '',
    'A step is one thing that a client types, reads off or chooses: an entry in one field or on',
    'the keypad, or a press that chooses something. The press that sends an entry belongs to it.',
    'Opening a page, opening a notification and waiting are no steps.',
    '',
    'The browser tests walk these stories on the running product, count, and write this page:',
    '`npm test -- walks --update`. A story that takes more steps than it did fails.',
    '',
    '| story | counted from | steps | goal |',
    '|---|---|---|---|',
    ...rows,
    '',
    ...lists,
  ]
    .join('\n')
    .replace(/\n+$/, '\n')
}

/** The name that a heading has in a link. */
const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-')
