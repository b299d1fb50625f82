import { type Problem, PROBLEMS } from '#core/problems.ts'
import { type Act, type Hearer, HEARERS, REASONS } from '#core/reasons.ts'
import { articleFor } from '#edges/pages/help/problems/problem-articles.ts'
import { placeOf } from '#edges/pages/help/problems/next-step.ts'
import { QUESTIONS } from '#edges/pages/help/questions.ts'
import { sentenceOf } from '#edges/texts/problem-words.ts'
import { texts } from '#edges/texts/texts.ts'

const HEARD: Readonly<Record<Hearer, readonly [title: string, what: string]>> = {
  claimant: [
    'A claimant',
    'asks from outside and has proven nothing. None says whether a name exists.',
  ],
  holder: ['The holder of a password', 'has given a user name and its password.'],
  client: ['A client', 'is logged in, or confirms with a device of their own.'],
  staff: ['Staff', 'work at the desk.'],
  operator: ['Operators and programs', 'run the server, or call it.'],
}

const DONE: Readonly<Record<Act, string>> = {
  call: 'call us',
  portal: 'open the portal',
  security: 'open “How you log in”',
  documents: 'open the documents',
  confirm: 'log in to the portal',
  'start-again': 'start again',
  'open-again': 'open the page again',
  correct: 'correct it there',
  wait: 'wait',
  'at-the-desk': 'the desk says what',
  mend: 'mend the request or the setting',
}

/** `docs/problems.md`: every problem, who hears it, in which words, and what to do next. */
export function problemsPage(): string {
  const codes = Object.keys(PROBLEMS) as readonly Problem[]
  const parts = HEARERS.map((hearer) => {
    const [title, what] = HEARD[hearer]
    const rows = codes.filter((code) => REASONS[code].hearer === hearer).map(rowOf)
    return `## ${title}

${title} ${what}

| code | status | English | Français | next | where | article | questions | ends |
|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`
  })
  return `# Problems

Every way in which a request is answered "no". A code is public and keeps its meaning: it is the
last part of \`type\` in problem details (\`urn:countersign:problem:<code>\`). Login pages, phone,
portal, desk and help tell it in the same words. What a claimant may hear, all others may too.

*Ends* says whether the moment from which it may go better is told with it; else it ends with what
is to be done. A problem without a row of \`src/core/reasons.ts\`, a sentence in both languages and
an article does not compile. \`node scripts/help.ts\` writes this page.

${parts.join('\n')}`
}

function rowOf(code: Problem): string {
  const { act, isTimed } = REASONS[code]
  const guide = articleFor(code)
  const question = [...QUESTIONS].find(([, { problems = [] }]) => problems.includes(code))?.[0]
  const cells = [
    `\`${code}\``,
    String(PROBLEMS[code]),
    sentenceOf(texts('en'), code),
    sentenceOf(texts('fr'), code),
    DONE[act],
    placeOf(code) ?? '–',
    guide ? `[${guide}](../help/en/${guide}.md)` : '–',
    question === undefined ? '–' : `\`/help/questions/${question}\``,
    isTimed ? 'told' : 'then',
  ]
  return `| ${cells.join(' | ')} |`
}
