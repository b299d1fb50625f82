/** A decision record to fill in: `npm run new:decision The phone makes its own key`. */
import { globSync } from 'node:fs'
import { create, nameFromArguments, nextNumber } from './scaffold.ts'

const { title, name } = nameFromArguments('npm run new:decision <title>')
const number = nextNumber(globSync('docs/decisions/*.md'))

create(
  `docs/decisions/${number}-${name}.md`,
  `# ${number} ${title}

## Context

What was so, and what made a choice necessary.

## Decision

What we do, in one paragraph, and what else was considered.

## What it costs

What becomes harder, slower or impossible.

## What would change our mind

The measurement, the event or the release after which we would look again.
`,
)
