import { isAlarm } from '#core/audit/alarms.ts'
import type { LookPage } from '#engine/desk/compliance/look.ts'

/** How an export of the audit log is written: for a program, a spreadsheet, or a SIEM. */

type Written = LookPage['events'][number]

export const FORMATS = ['jsonl', 'csv', 'cef'] as const
export type Format = (typeof FORMATS)[number]

interface Writing {
  readonly type: string
  readonly head: string
  readonly line: (written: Written) => string
}

export const WRITINGS: Readonly<Record<Format, Writing>> = {
  jsonl: {
    type: 'application/x-ndjson; charset=utf-8',
    head: '',
    line: ({ seq, at, event }) => `${JSON.stringify({ seq, at: isoOf(at), ...event })}\n`,
  },
  csv: {
    type: 'text/csv; charset=utf-8; header=present',
    head: 'seq,at,kind,client,actor,case,verified,event\r\n',
    line: (written) => `${cellsOf(written).map(csvCell).join(',')}\r\n`,
  },
  cef: { type: 'text/plain; charset=utf-8', head: '', line: (written) => `${cefLine(written)}\n` },
}

const isoOf = (at: number): string => new Date(at).toISOString()

const cellsOf = ({ seq, at, event }: Written): readonly string[] => [
  String(seq),
  isoOf(at),
  event.kind,
  event.subscriberId ?? '',
  event.actor ?? '',
  event.caseId ?? '',
  event.verified ?? '',
  JSON.stringify(event),
]

/**
 * A cell that a spreadsheet would run as a formula begins with an apostrophe, which makes it text.
 *
 * @see OWASP, "CSV Injection"; RFC 4180
 */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** @see ArcSight Common Event Format, Implementing, revision 27: header and extension escapes */
function cefLine({ seq, at, event }: Written): string {
  const { kind, subscriberId, actor, caseId, verified } = event
  const severity = isAlarm(kind) ? 8 : 3
  const extension = [
    ['rt', String(at)],
    ['externalId', String(seq)],
    ['suser', actor ?? ''],
    ['duid', subscriberId ?? ''],
    ['cs1Label', caseId === undefined ? '' : 'case'],
    ['cs1', caseId ?? ''],
    ['cs2Label', verified === undefined ? '' : 'verified'],
    ['cs2', verified ?? ''],
    ['msg', JSON.stringify(event)],
  ]
    .filter(([, value]) => value !== '')
    .map(([name, value = '']) => `${name}=${cefValue(value)}`)
  const head = ['CEF:0', 'Countersign', 'Countersign', '0', kind, kind, String(severity)]
  return `${head.map(cefHead).join('|')}|${extension.join(' ')}`
}

const cefHead = (text: string): string =>
  text.replaceAll(/[\\|]/g, String.raw`\$&`).replaceAll(/[\r\n]+/g, ' ')

const cefValue = (text: string): string =>
  text
    .replaceAll(/[\\=]/g, String.raw`\$&`)
    .replaceAll('\r', String.raw`\r`)
    .replaceAll('\n', String.raw`\n`)
