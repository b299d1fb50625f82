import { isOpened } from '#core/documents/picture.ts'
import { faultOf } from '#core/documents/submission.ts'
import type { PageFault } from '#engine/documents/mail-answers.ts'
import type { ReceivedPage } from '#engine/documents/submissions.ts'
import type { World } from '#engine/world.ts'
import { readFile } from '#store/documents/files.ts'

/**
 * What is to be better about the photographs of a mail (R144), so that its answer can say it. They
 * are opened in the sandbox, and nothing is kept of that: documents are opened again when they are.
 */
export async function faultsIn(
  world: World,
  pages: readonly ReceivedPage[],
  signal: AbortSignal,
): Promise<readonly PageFault[]> {
  const faults: PageFault[] = []
  for (const [index, page] of pages.entries()) {
    if (signal.aborted) return []
    const opened = await lookedAt(world, page, signal)
    const fault = opened && faultOf({ kind: page.kind, opened })
    if (fault !== null) faults.push({ page: index + 1, fault })
  }
  return faults
}

/** @returns `null` for one whose process was killed: the answer says nothing of it. */
async function lookedAt(world: World, { file, kind }: ReceivedPage, signal: AbortSignal) {
  if (!isOpened(kind)) return { ok: false, why: 'not-a-picture' } as const
  try {
    const opened = await world.sandbox.open(readFile(world.files, file), signal)
    if (!opened?.ok) return opened
    // The process ends when its page has been taken.
    for await (const _ of opened.page) continue
    return opened
  } catch {
    return null
  }
}
