import { unescape } from 'node:querystring'
import { FORM_FIELD } from '#edges/http/client/form-token.ts'
import { openDue } from '#engine/documents/openings.ts'
import type { Door, Visitor } from '../server/door.ts'

export const SEND = '/portal/documents/send'

/** What stands in the form; a file is its bytes. */
export type Part = readonly [name: string, value: string | Uint8Array, fileName?: string]

export const files = (...all: readonly Uint8Array[]): readonly Part[] =>
  all.map((bytes) => ['files', bytes, 'page.jpg'])

/** The form token of the page that is open. */
export function tokenOf({ page }: Visitor): string {
  const found = new RegExp(`name="${FORM_FIELD}" value="([^"]*)"`).exec(page().html)
  return unescape(found?.[1] ?? '')
}

const EDGE = 'edge-of-the-test'

export function bodyOf(parts: readonly Part[]): Buffer {
  const all = parts.flatMap(([name, value, fileName]) => {
    const named = fileName === undefined ? '' : `; filename="${fileName}"`
    const type = fileName === undefined ? '' : 'content-type: image/jpeg\r\n'
    const disposition = `content-disposition: form-data; name="${name}"${named}`
    const head = `--${EDGE}\r\n${disposition}\r\n${type}\r\n`
    return [Buffer.from(head), Buffer.from(value as string), Buffer.from('\r\n')]
  })
  return Buffer.concat([...all, Buffer.from(`--${EDGE}--\r\n`)])
}

/** Sends the form of the page as a browser does: its token first, then what was chosen. */
export async function sendParts(
  { settings }: Pick<Door, 'settings'>,
  browser: Visitor,
  parts: readonly Part[],
) {
  return await browser.ask({
    method: 'POST',
    url: SEND,
    headers: {
      origin: settings.issuer,
      'sec-fetch-site': 'same-origin',
      'content-type': `multipart/form-data; boundary=${EDGE}`,
    },
    payload: bodyOf(parts),
  })
}

/** What a person fills in, and the files. */
export const filled = (browser: Visitor, ...parts: readonly Part[]): readonly Part[] => [
  [FORM_FIELD, tokenOf(browser)],
  ['purpose', 'address'],
  ['account', 'U-anna'],
  ...parts,
]

/** What a node does by itself every second. */
export const openAll = async ({ world }: Pick<Door, 'world'>) =>
  await openDue(world, new AbortController().signal)
