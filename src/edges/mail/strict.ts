import { isOfProgram, MAIL_LIMITS } from '#core/documents/mail.ts'

/**
 * Looks at a mail while it comes, and says as early as it can why it is not taken.
 *
 * The library ends a mail at CR LF . CR LF and nowhere else. Others end it elsewhere: what one
 * program takes for text the next takes for a second mail ("SMTP smuggling"). So no mail is taken
 * in which a CR or an LF stands alone.
 *
 * @see RFC 5321, section 2.3.8; RFC 5322, section 2.1.1
 */
export interface StrictMail {
  /** @returns what is wrong with the mail up to here; `null` for nothing. */
  look(chunk: Buffer): MailFault | null
  /** When all of it was looked at. */
  end(): MailFault | null
  /** Whether its header says that a program has sent it. */
  isAutomatic(): boolean
}

export type MailFault =
  | 'too-long'
  | ('bare-cr' | 'bare-lf' | 'nul' | 'long-line' | 'lines')
  | ('headers' | 'parts' | 'nesting')

const [NUL, LF, CR, HYPHEN] = [0, 10, 13, 45]
const NOTHING = Buffer.alloc(0)

export function strictMail(): StrictMail {
  const parts = partsOf()
  let lengthBytes = 0
  let lines = 0
  let held = NOTHING
  const look = (chunk: Buffer): MailFault | null => {
    lengthBytes += chunk.length
    if (lengthBytes > MAIL_LIMITS.lengthBytes) return 'too-long'
    if (chunk.includes(NUL)) return 'nul'
    let from = 0
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
      const own = chunk.subarray(from, at)
      const line = held.length === 0 ? own : Buffer.concat([held, own])
      held = NOTHING
      from = at + 1
      lines += 1
      if (lines > MAIL_LIMITS.lines) return 'lines'
      const firstCr = line.indexOf(CR)
      if (firstCr === -1) return 'bare-lf'
      if (firstCr !== line.length - 1) return 'bare-cr'
      if (firstCr > MAIL_LIMITS.lineBytes) return 'long-line'
      const fault = parts.line(line.subarray(0, -1))
      if (fault) return fault
    }
    held = Buffer.concat([held, chunk.subarray(from)])
    return held.length > MAIL_LIMITS.lineBytes + 1 ? 'long-line' : null
  }
  return {
    look,
    // The end of the last line belongs to the mail; what has none was cut elsewhere.
    end: () => (held.length > 0 ? 'bare-lf' : null),
    isAutomatic: parts.isAutomatic,
  }
}

/**
 * Follows the parts of a mail by their boundaries, line by line, and holds no more than one header.
 * The library in the sandbox reads them again, and its own limits are the same.
 */
function partsOf() {
  const boundaries: string[] = []
  let header: { isTop: boolean; fields: number; lengthBytes: number } | null = begun(true)
  let field = ''
  let parts = 0
  let isAutomatic = false
  const fieldEnded = (isTop: boolean): MailFault | null => {
    const [, name = '', value = ''] = /^([!-9;-~]+)[\t ]*:(.*)$/s.exec(field) ?? []
    field = ''
    if (isTop && isOfProgram(name, value)) isAutomatic = true
    if (name.toLowerCase() !== 'content-type') return null
    const [, quoted, plain] = BOUNDARY.exec(value) ?? []
    const boundary = quoted ?? plain
    if (boundary === undefined) return null
    boundaries.push(boundary.trimEnd())
    return boundaries.length > MAIL_LIMITS.nesting ? 'nesting' : null
  }
  const inHeader = (line: Buffer, now: NonNullable<typeof header>): MailFault | null => {
    now.lengthBytes += line.length
    if (now.lengthBytes > HEADER_LENGTH_BYTES_MAX) return 'headers'
    const isContinued = line[0] === 32 || line[0] === 9
    if (isContinued && field !== '') {
      field += ` ${line.toString('latin1').trim()}`
      return null
    }
    const fault = fieldEnded(now.isTop)
    if (line.length === 0) {
      header = null
      return fault
    }
    now.fields += 1
    field = line.toString('latin1')
    return fault ?? (now.fields > MAIL_LIMITS.headers ? 'headers' : null)
  }
  const inBody = (line: Buffer): MailFault | null => {
    if (line[0] !== HYPHEN || line[1] !== HYPHEN || boundaries.length === 0) return null
    const text = line.toString('latin1').trimEnd().slice(2)
    const depth = boundaries.findLastIndex((one) => text === one || text === `${one}--`)
    const boundary = boundaries[depth]
    if (boundary === undefined) return null
    const isEnd = text !== boundary
    boundaries.length = isEnd ? depth : depth + 1
    if (isEnd) return null
    parts += 1
    header = begun(false)
    return parts > MAIL_LIMITS.parts ? 'parts' : null
  }
  return {
    line: (line: Buffer): MailFault | null => (header ? inHeader(line, header) : inBody(line)),
    isAutomatic: () => isAutomatic,
  }
}

const begun = (isTop: boolean) => ({ isTop, fields: 0, lengthBytes: 0 })

/** @see RFC 2046, section 5.1.1 */
const BOUNDARY = /;\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i
/** Of one part: no mail program writes so much. */
const HEADER_LENGTH_BYTES_MAX = 64 * 1_024
