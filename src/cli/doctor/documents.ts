import { once } from 'node:events'
import { connect } from 'node:net'
import type { Settings } from '#config/settings.ts'
import { type Finding, well, wrong } from '#cli/doctor/finding.ts'
import { bubblewrapSandbox } from '#engine/documents/sandbox.ts'

/** What the doctor finds where documents come in: the sandbox, and the port for mail. */

const PATIENCE_MS = 5_000

export async function documentsOf({ listen, documents: { mail } }: Settings): Promise<Finding> {
  if (!(await bubblewrapSandbox().isReady()))
    return wrong('No documents can be taken: bubblewrap (bwrap) or prlimit cannot run here.')
  if (mail.port === 0) return well('Documents can be taken in the portal; mail is not set up.')
  const said = await greetingOf(listen, mail.port)
  if (said === null) return wrong(`Nothing answers at port ${mail.port}, where mail comes in.`)
  const name = mail.other.address.slice(mail.other.address.lastIndexOf('@') + 1)
  return said.startsWith(`220 ${name} ESMTP`)
    ? well(`Documents can be taken in the portal, and by mail at port ${mail.port}.`)
    : wrong(`Another program answers at port ${mail.port}, where mail is to come in.`)
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
