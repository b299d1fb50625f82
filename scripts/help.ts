/**
 * Writes docs/help.md and docs/problems.md anew, from articles and codes: `node scripts/help.ts`.
 */
import { writeFileSync } from 'node:fs'
import { articlesPage } from './help/articles-page.ts'
import { problemsPage } from './help/problems-page.ts'

const PAGES = { 'docs/help.md': articlesPage(), 'docs/problems.md': problemsPage() }

for (const [file, page] of Object.entries(PAGES)) {
  writeFileSync(file, page)
  console.log(`${file} is written.`)
}
