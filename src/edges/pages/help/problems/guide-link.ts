import type { Problem } from '#core/problems.ts'
import { articleLink } from '#edges/pages/help/help-articles.ts'
import { articleFor } from '#edges/pages/help/problems/problem-articles.ts'
import { type Html, NOTHING } from '#edges/pages/frame/html.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** The way to the guide on a problem; nothing where there is none. */
export function guideLink(context: PageContext, problem: Problem): Html {
  const guide = articleFor(problem)
  return guide ? articleLink(context, guide) : NOTHING
}
