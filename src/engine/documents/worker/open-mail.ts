import postalMime from 'postal-mime'
import { MAIL_LIMITS } from '#core/documents/mail.ts'
import { kindOf, MAGIC_LENGTH_BYTES } from '#core/documents/picture.ts'
import { SUBMITTED_PAGES_MAX } from '#core/documents/submission.ts'

/**
 * The program in the sandbox that reads a mail of a stranger. It writes four bytes with the length
 * of a line of JSON, that line, and the files of the mail one after the other. What a file is
 * called and what its sender says that it is are not looked at: its first bytes decide (S106).
 */

/** A picture of a signature or a letterhead, which the text shows: shorter than any photograph. */
const ORNAMENT_LENGTH_BYTES_MAX = 20_000

async function input(): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const chunk of process.stdin) all.push(chunk as Buffer)
  return Buffer.concat(all)
}

const lineOf = (text: string | undefined): string =>
  [...(text ?? '').replaceAll(/[\p{C}\p{Z}]+/gu, ' ').trim()]
    .slice(0, MAIL_LIMITS.lineBytes / 2)
    .join('')

async function opened(bytes: Buffer) {
  try {
    const mail = await postalMime.parse(bytes, {
      // A mail in a mail stays closed: its files were sent to another.
      forceRfc822Attachments: true,
      maxNestingDepth: MAIL_LIMITS.nesting,
      maxHeadersSize: MAIL_LIMITS.headers * MAIL_LIMITS.lineBytes,
    })
    const files = mail.attachments
      .map(({ content, related }) => ({ file: Buffer.from(content as ArrayBuffer), related }))
      .filter(({ file, related }) => {
        if (kindOf(file.subarray(0, MAGIC_LENGTH_BYTES)) === 'other') return false
        return related !== true || file.length > ORNAMENT_LENGTH_BYTES_MAX
      })
      .map(({ file }) => file)
    const kept = files.length > SUBMITTED_PAGES_MAX ? [] : files
    const lengths = kept.map(({ length }) => length)
    const head = { subject: lineOf(mail.subject), messageId: lineOf(mail.messageId) }
    return { said: { ok: true, ...head, pages: files.length, lengths }, kept }
  } catch {
    return { said: { ok: false }, kept: [] }
  }
}

const { said, kept } = await opened(await input())
const line = Buffer.from(JSON.stringify(said))
const head = Buffer.alloc(4)
head.writeUInt32BE(line.length)
process.stdout.write(Buffer.concat([head, line, ...kept]))
