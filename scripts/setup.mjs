#!/usr/bin/env node
/**
 * Makes a clone ready: packages, browser parts and, with --for-tests, a browser.
 *
 * npm runs this before start, test, check, bench and dev. It is plain JavaScript that any Node can
 * read, because it comes before the pinned Node and before the first package. When all is fresh it
 * takes a tenth of a second and says nothing.
 */
const major = Number(process.versions.node.split('.')[0])

if (major < 20) {
  console.error(
    `\nCountersign needs Node 20 or later to set itself up; this is ${process.version}.`,
  )
  console.error('Install a newer one from https://nodejs.org and run the command again.\n')
  process.exit(1)
}

import('./setup/steps.mjs')
  .then(({ setUp }) => setUp({ forTests: process.argv.includes('--for-tests') }))
  .catch((error) => {
    console.error(error.sentence ? `\n${error.sentence}\n` : error)
    process.exitCode = error.exitCode || 1
  })
