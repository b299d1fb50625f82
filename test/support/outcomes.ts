/** What an act that was refused says, or `yes`. */
export const problemOf = (done: { readonly ok: boolean } | { readonly problem: string }): string =>
  'problem' in done ? done.problem : 'yes'
