/** What the scripts that take pictures stand on: the running demo, and a real browser. */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { chromiumExecutable } from './setup/chromium.mjs'

/** A browser that keeps everything it writes in a folder. */
export const openBrowser = async (folder: string): Promise<Browser> =>
  await chromium.launch({
    executablePath: chromiumExecutable() ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    env: { ...process.env, TMPDIR: folder, HOME: folder },
  })

/** Where the demo is, with nothing set: a picture shows the address that its reader has. */
export const ISSUER = 'http://localhost:4600'
const READY = 'http://localhost:4602/readyz'

/** The demo as a newcomer starts it, in a folder of its own. */
export async function startDemo(cwd: string) {
  const isThere = async () => (await fetch(READY).catch(() => null))?.ok ?? false
  // Another one would be photographed.
  if (await isThere()) throw new Error(`A demo is running at ${ISSUER}: end it first.`)
  mkdirSync(cwd, { recursive: true })
  const child = spawn(
    process.execPath,
    [resolve(import.meta.dirname, '../bin/countersign'), 'demo'],
    {
      cwd,
      stdio: 'ignore',
    },
  )
  let isOver = false
  const ended = new Promise<void>((done) =>
    child.once('close', () => {
      isOver = true
      done()
    }),
  )
  for (let tries = 0; tries < 600; tries += 1) {
    if (isOver) throw new Error(`The demo could not start. Is ${ISSUER} in use?`)
    if (await isThere()) break
    await new Promise((wait) => setTimeout(wait, 100))
  }
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  return { issuer: ISSUER, stop }
}

/** Letters are sharp at it, and a page of pictures is small. */
const QUALITY = 40

/** The whole page, or so much of a long one. */
export async function photograph(
  page: Page,
  path: string,
  { lengthMax = Number.POSITIVE_INFINITY }: { readonly lengthMax?: number } = {},
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true })
  const { width = 0 } = page.viewportSize() ?? {}
  const length = await page.evaluate<number>('document.documentElement.scrollHeight')
  await page.evaluate('document.fonts.ready')
  // Playwright writes PNG and JPEG only; this is a fifth of the one and more legible than the
  // other. The session stays: its end would take the passkeys of the page with it.
  const session = await page.context().newCDPSession(page)
  const { data } = await session.send('Page.captureScreenshot', {
    format: 'webp',
    quality: QUALITY,
    captureBeyondViewport: true,
    clip: { x: 0, y: 0, width, height: Math.min(length, lengthMax), scale: 1 },
  })
  writeFileSync(path, Buffer.from(data, 'base64'))
}
