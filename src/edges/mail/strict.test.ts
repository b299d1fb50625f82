import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { MAIL_LIMITS } from '#core/documents/mail.ts'
import { type MailFault, strictMail } from '#edges/mail/strict.ts'

/** What is said of a mail that comes in chunks of this length. */
function said(mail: string, length = 7): MailFault | null {
  const strict = strictMail()
  const bytes = Buffer.from(mail, 'latin1')
  for (let at = 0; at < bytes.length; at += length) {
    const fault = strict.look(bytes.subarray(at, at + length))
    if (fault) return fault
  }
  return strict.end()
}

const HEAD = 'Subject: x\r\n'
const multipart = (boundary: string) => `Content-Type: multipart/mixed; boundary=${boundary}\r\n`
const deep = (depth: number) =>
  Array.from({ length: depth }, (_, index) => `${multipart(`b${index}`)}\r\n--b${index}\r\n`).join(
    '',
  )
const many = (parts: number) => `${multipart('b')}\r\n${'--b\r\n\r\nx\r\n'.repeat(parts)}--b--\r\n`

suite('A mail that comes', () => {
  const cases: readonly (readonly [MailFault | null, string])[] = [
    [null, `${HEAD}\r\nx\r\n`],
    [null, ''],
    ['bare-lf', `${HEAD}\r\nx\n`],
    ['bare-lf', `${HEAD}\r\nx\n.\r\n`],
    ['bare-cr', `${HEAD}\r\nx\ry\r\n`],
    ['bare-cr', `${HEAD}\r\nx\r\r\n`],
    ['bare-lf', `${HEAD}\r\nx\r`],
    ['nul', `${HEAD}\r\nx\0y\r\n`],
    [null, `${HEAD}\r\n${'x'.repeat(MAIL_LIMITS.lineBytes)}\r\n`],
    ['long-line', `${HEAD}\r\n${'x'.repeat(MAIL_LIMITS.lineBytes + 1)}\r\n`],
    ['long-line', 'x'.repeat(5_000)],
    [null, `${HEAD.repeat(MAIL_LIMITS.headers)}\r\n`],
    ['headers', `${HEAD.repeat(MAIL_LIMITS.headers + 1)}\r\n`],
    ['headers', `Subject: x\r\n${` ${'y'.repeat(900)}\r\n`.repeat(80)}\r\n`],
    [null, many(MAIL_LIMITS.parts)],
    ['parts', many(MAIL_LIMITS.parts + 1)],
    [null, deep(MAIL_LIMITS.nesting)],
    ['nesting', deep(MAIL_LIMITS.nesting + 1)],
    ['nesting', deep(1_000)],
  ]

  test('A18 A19 is refused beyond each limit, and taken at it, however it is cut', () => {
    for (const [fault, mail] of cases) {
      for (const length of [1, 7, 65_536])
        assert.equal(said(mail, length), fault, JSON.stringify(mail.slice(0, 60)))
    }
  })

  test('A18 a mail of nothing but line ends, for which a reader dies, ends at 400,000 of them', () => {
    const strict = strictMail()
    const last = MAIL_LIMITS.lines - 2
    assert.equal(strict.look(Buffer.from(`${HEAD}\r\n${'\r\n'.repeat(last)}`)), null)
    assert.equal(strict.look(Buffer.from('\r\n')), 'lines')
    // Photographs of 25 MB, written in the shortest lines in use, stay below.
    assert.ok(MAIL_LIMITS.lengthBytes / 66 < MAIL_LIMITS.lines)
  })

  test('A18 ends at 25 MB, while it comes', () => {
    const line = `${'x'.repeat(998)}\r\n`
    const strict = strictMail()
    const chunk = Buffer.from(line.repeat(1_024))
    let sent = HEAD.length + 2
    assert.equal(strict.look(Buffer.from(`${HEAD}\r\n`)), null)
    let fault: MailFault | null = null
    while (fault === null && sent <= MAIL_LIMITS.lengthBytes + chunk.length) {
      sent += chunk.length
      fault = strict.look(chunk)
    }
    assert.equal(fault, 'too-long')
    assert.ok(sent > MAIL_LIMITS.lengthBytes && sent <= MAIL_LIMITS.lengthBytes + chunk.length)
  })

  test('counts parts that follow each other in nested ones, and no line that only looks like one', () => {
    const inner = `${multipart('b')}\r\n--b\r\n\r\nx\r\n--b--\r\n`
    const nested = `${multipart('a')}\r\n--a\r\n${inner}--a\r\n\r\ny\r\n--a--\r\n`
    assert.equal(said(nested), null)
    const lines = '--\r\n-- \r\n--x\r\n'.repeat(100)
    const signature = `${multipart('"a b"')}\r\n--a b\r\n\r\n${lines}--a b--\r\n`
    assert.equal(said(signature), null)
  })

  test('R146 is that of a program where its own header says so, and not a part or the text', () => {
    const isAutomatic = (mail: string) => {
      const strict = strictMail()
      assert.equal(strict.look(Buffer.from(mail)), null)
      return strict.isAutomatic()
    }
    assert.ok(isAutomatic('Subject: x\r\nAuto-Submitted:\r\n auto-replied\r\n\r\nx\r\n'))
    assert.ok(isAutomatic('LIST-ID : x\r\nSubject: x\r\n\r\n'))
    assert.ok(!isAutomatic('Subject: x\r\n\r\nAuto-Submitted: auto-replied\r\n\r\n'))
    assert.ok(!isAutomatic('Subject: x\r\n Auto-Submitted: auto-replied\r\n\r\n'))
    assert.ok(!isAutomatic(`${multipart('b')}\r\n--b\r\nAuto-Submitted: auto-replied\r\n\r\nx\r\n`))
  })
})
