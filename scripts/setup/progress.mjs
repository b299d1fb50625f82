const REPORT_EVERY_MS = 5000

/** Runs one step and shows that it lives, on stderr: stdout belongs to the command that follows. */
export async function shown(title, run) {
  const startedAt = Date.now()
  const elapsed = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`
  const live = process.stderr.isTTY
  const say = (text) => process.stderr.write(live ? `\r\x1b[K  ${text}` : `  ${text}\n`)

  say(`${title} ...`)
  const ticking = setInterval(() => say(`${title} ... ${elapsed()}`), live ? 100 : REPORT_EVERY_MS)
  try {
    await run()
    say(`${title}: done in ${elapsed()}`)
  } finally {
    clearInterval(ticking)
    if (live) process.stderr.write('\n')
  }
}
