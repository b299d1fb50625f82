/** A change to the tables, to fill in: `npm run new:migration security cards`. */
import { globSync } from 'node:fs'
import { addLine, create, nameFromArguments, nextNumber } from './scaffold.ts'

const { name } = nameFromArguments('npm run new:migration <name>')
const folder = 'src/store/migrations'
const numbered = `${nextNumber(globSync(`${folder}/*.ts`))}-${name}`
const statements = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

create(
  `${folder}/${numbered}.ts`,
  `import type { Words } from '#store/migrations/words.ts'

/** Why the tables change. Written for both databases, released once and never changed again. */
export const ${statements} = ({ id, integer }: Words): readonly string[] => [
  \`create table example (
    id \${id} primary key,
    version \${integer} not null check (version >= 1)
  )\`,
]
`,
)
addLine('src/store/database/migrate.ts', {
  after: /^import .*#store\/migrations\/\d/,
  line: `import { ${statements} } from '#store/migrations/${numbered}.ts'`,
})
addLine('src/store/database/migrate.ts', {
  after: /^ {2}'\d{4}-/,
  line: `  '${numbered}': ${statements},`,
})
