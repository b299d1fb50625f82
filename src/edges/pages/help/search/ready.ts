import { LANGUAGES } from '#core/subscribers/account.ts'
import { everyArticle } from '#edges/pages/help/help-articles.ts'
import { indexOf } from '#edges/pages/help/search/search.ts'

/** Reads all of the help: a server with a fault in it does not start, and no client waits. */
export function readHelp(): void {
  everyArticle()
  for (const language of LANGUAGES) indexOf(language)
}
