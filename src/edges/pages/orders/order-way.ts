import { ORDER } from '#edges/pages/frame/security-pages.ts'

/** Where the steps of an order are. */

/** It can be loaded again: which device the card takes the place of stands in the address. */
export const wishesFor = (why: string): string =>
  `${ORDER}/pin${why === '' ? '' : `?why=${encodeURIComponent(why)}`}`

/**
 * The step after a choice names it: what another window chose at that moment is not shown in its
 * place.
 */
export const accountAfter = (draft: string): string => `${ORDER}/account?draft=${draft}`
export const summaryAfter = (draft: string): string => `${ORDER}/summary?draft=${draft}`
