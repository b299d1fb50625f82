import type { TestContext } from 'node:test'
import { openBrowser } from '../../browser/support.ts'
import { CANARY_HOST } from './payloads.ts'

/** A page of ours as its server has answered it. */
export interface Answered {
  readonly html: string
  readonly headers: Readonly<Record<string, unknown>>
}

/** A real browser that shows such pages, and counts what happens that may not. */
export interface Showing {
  /** Shows it as it was answered, and once more without the policy that its header sets. */
  show(answered: Answered): Promise<void>
  readonly happened: string[]
}

const MOMENT_MS = 20
const ORIGIN = 'https://pages.example.com'

export async function showing(t: TestContext): Promise<Showing> {
  const browser = await openBrowser(t)
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const happened: string[] = []
  let shown: { html: string; headers: Record<string, string> } | null = null
  let text = ''
  await context.exposeBinding('fired', () => void happened.push(`ran: ${text}`))
  await context.route('**/*', async (route) => {
    const url = new URL(route.request().url())
    if (url.hostname === CANARY_HOST) happened.push(`asked: ${text}`)
    const isPage = shown !== null && url.origin === ORIGIN && url.pathname === '/shown'
    await (isPage && shown
      ? route.fulfill({ body: shown.html, headers: shown.headers })
      : route.abort())
  })
  const page = await context.newPage()
  page.on('dialog', async (dialog) => {
    happened.push(`dialog: ${text}`)
    await dialog.dismiss()
  })
  return {
    happened,
    async show({ html, headers }) {
      const said = headers['content-security-policy']
      const policy = typeof said === 'string' ? said : ''
      for (const one of [policy, '']) {
        text = html.slice(html.indexOf('<main'), html.indexOf('<main') + 2_000)
        const type = { 'content-type': 'text/html; charset=utf-8' }
        shown = { html, headers: one ? { ...type, 'content-security-policy': one } : type }
        await page.goto(`${ORIGIN}/shown`, { waitUntil: 'load' })
        // What waits for a moment of its own has it.
        await page.waitForTimeout(MOMENT_MS)
        if (new URL(page.url()).pathname !== '/shown') happened.push(`left: ${text}`)
      }
    },
  }
}
