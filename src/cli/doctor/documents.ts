import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { antivirusOf } from '#config/doors/documents.ts'
import type { Settings } from '#config/settings.ts'
import { type Finding, well, wrong } from '#cli/doctor/finding.ts'
import { MAIL_LIMITS } from '#core/documents/mail.ts'
import { clamd } from '#engine/documents/antivirus.ts'
import { bubblewrapSandbox } from '#engine/documents/sandbox.ts'

/** What the doctor finds where documents come in: the sandbox, and the port for mail. */

const PATIENCE_MS = 5_000

export async function documentsOf(settings: Settings): Promise<Finding> {
  const { listen, documents } = settings
  const { mail } = documents
  if (!(await bubblewrapSandbox().isReady()))
    return wrong('No documents can be taken: bubblewrap (bwrap) or prlimit cannot run here.')
  const late = await antivirusFault(settings)
  if (late) return wrong(late)
  if (mail.port === 0) return well('Documents can be taken in the portal; mail is not set up.')
  const said = await greetingOf(listen, mail.port)
  if (said === null) return wrong(`Nothing answers at port ${mail.port}, where mail comes in.`)
  const name = mail.other.address.slice(mail.other.address.lastIndexOf('@') + 1)
  return said.startsWith(`220 ${name} ESMTP`)
    ? well(`Documents can be taken in the portal, and by mail at port ${mail.port}.`)
    : wrong(`Another program answers at port ${mail.port}, where mail is to come in.`)
}

/** Why documents wait for the antivirus; `null` for nothing. */
async function antivirusFault(settings: Settings): Promise<string | null> {
  const address = antivirusOf(settings)
  if (!address) return null
  const scanner = clamd(address)
  const at = settings.documents.antivirus
  if (!(await scanner.isReady()))
    return `No antivirus answers at ${at}: documents wait until it does.`
  const longest = Readable.from([Buffer.alloc(MAIL_LIMITS.lengthBytes)])
  return (await scanner.look(longest))
    ? null
    : `The antivirus at ${at} takes no file of 25 MB. Set its StreamMaxLength to 30M.`
}

/** What a mail server says first; `null` where nothing listens. */
async function greetingOf(listen: string, port: number): Promise<string | null> {
  const host = listen === '0.0.0.0' || listen === '::' ? 'localhost' : listen
  const socket = connect({ host, port })
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    await once(socket, 'connect', { signal })
    const [first] = (await once(socket, 'data', { signal }).catch(() => [''])) as [Buffer | string]
    return String(first)
  } catch {
    return null
  } finally {
    socket.destroy()
  }
}
