import { createHash } from 'node:crypto'
import type { Language } from '#core/subscribers/account.ts'
import { checkProof, type CheckedProof } from '#edges/pages/audit/check-proof.ts'
import { html, trusted } from '#edges/pages/frame/html.ts'
import { texts } from '#edges/texts/texts.ts'

export interface ProofPage {
  readonly language: Language
  readonly seq: number
  readonly proof: CheckedProof
}

/**
 * One file that shows an event, and checks in the browser that it stands in the log. It asks no
 * network for anything, and its policy allows none.
 */
export function proofPage({ language, seq, proof }: ProofPage): string {
  const { text } = texts(language)
  const [origin = '', size = ''] = proof.note.split('\n')
  const words = Object.fromEntries(
    ['right', 'wrong', 'unable'].map((result) => [result, text(`audit.proof.${result}`)]),
  )
  const data = json({ proof, words, language, unconfirmed: text('audit.proof.unconfirmed') })
  const script = `(${BOOT})(${checkProof.toString()})`
  const policy = `default-src 'none'; script-src '${hashOf(script)}'; style-src '${hashOf(STYLE)}'`
  const event = JSON.stringify(JSON.parse(proof.leaf), null, 2)
  const page = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>${text('audit.proof.title', { seq })}</title><style>${trusted(STYLE)}</style></head>
<body><main><h1>${text('audit.proof.title', { seq })}</h1>
<p id="result" role="status">${text('audit.proof.checking')}</p>
<noscript><p>${text('audit.proof.no-script')}</p></noscript>
<h2>${text('audit.proof.event')}</h2><pre tabindex="0">${event}</pre>
<h2>${text('audit.proof.log')}</h2>
<dl><dt>${text('audit.proof.origin')}</dt><dd>${origin}</dd>
<dt>${text('audit.proof.size')}</dt><dd>${size}</dd>
<dt>${text('audit.proof.position')}</dt><dd>${proof.position + 1}</dd>
<dt>${text('audit.proof.key')}</dt>
<dd><code>${proof.key}</code><br>${text('audit.proof.compare')}</dd>
<dt>${text('audit.proof.confirmed')}</dt><dd id="confirmed"></dd></dl>
<h2>${text('audit.proof.checkpoint')}</h2><pre tabindex="0">${proof.note}</pre></main>
<script type="application/json" id="proof">${trusted(data)}</script>
<script>${trusted(script)}</script></body></html>
`
  return String(page)
}

/** JSON in a page: no character in it begins a tag. */
const json = (value: unknown): string => JSON.stringify(value).replaceAll('<', String.raw`\u003c`)

const hashOf = (text: string): string =>
  `sha256-${createHash('sha256').update(text).digest('base64')}`

/** Runs in the page, with the function that checks. */
const BOOT = `async (check) => {
  const { proof, words, language, unconfirmed } = JSON.parse(
    document.getElementById('proof').textContent,
  )
  const [result, confirmed] = ['result', 'confirmed'].map((id) => document.getElementById(id))
  const time = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'long' })
  try {
    const checked = await check(proof)
    const isRight = checked.isInTree && checked.isSigned
    result.className = result.textContent = isRight ? 'right' : 'wrong'
    const names = checked.confirmed.map(
      (one) => one.name + ' (' + time.format(one.time * 1000) + ')',
    )
    confirmed.textContent = names.join(', ') || unconfirmed
  } catch {
    result.className = 'unable'
  }
  result.textContent = words[result.className]
}`

const STYLE = `
body { margin: 2rem auto; max-width: 50rem; padding: 0 1rem; color: #14181f; background: #fff }
body { font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
pre { overflow-x: auto; padding: 1rem; background: #f3f5f7; font-size: 0.85rem }
dt { font-weight: 600; margin-top: 0.5rem } dd { margin: 0; overflow-wrap: anywhere }
#result { padding: 0.75rem 1rem; border: 2px solid #6b7280; font-weight: 600 }
#result.right { border-color: #0a6b3d } #result.wrong { border-color: #b3261e }
@media print { body { margin: 0 } pre { white-space: pre-wrap } }
`
