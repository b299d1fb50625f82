/** Writes docs/openapi.json anew, from the routes: `npm run openapi`. */
import { writeFileSync } from 'node:fs'
import { describeApi } from '#edges/api/routes.ts'
import { tool } from './tool.ts'

const FILE = 'docs/openapi.json'

writeFileSync(FILE, `${JSON.stringify(await describeApi(), null, 2)}\n`)
const { ok, output } = await tool('biome', 'format', '--write', FILE)
if (!ok) throw new Error(output)
console.log(`${FILE} is written.`)
