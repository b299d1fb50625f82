import { bubblewrapSandbox } from '#engine/documents/sandbox.ts'
import { photograph } from './test/support/documents/pictures.ts'
const s = bubblewrapSandbox()
const p = await photograph()
const mail = `From: a@example.com\r\nSubject: =?utf-8?B?VTEyMzQ1NjcgUG9SZXM=?=\r\nMessage-ID: <x@y>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b\r\nContent-Type: image/jpeg; name="a\r\n x.jpg"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n${p.toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n--b--\r\n`
const t0 = performance.now()
const o = await s.openMail(
  (async function* () {
    yield Buffer.from(mail)
  })(),
)
console.log(o, performance.now() - t0)
if (o?.ok) {
  let n = 0
  for await (const c of o.bytes) n += c.length
  console.log(n, p.length)
}
