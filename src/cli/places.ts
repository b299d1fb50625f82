import { fileOf } from '#channels/checkpoints/file.ts'
import { getText, httpOf, postText } from '#channels/checkpoints/http.ts'
import type { Place } from '#channels/checkpoints/place.ts'
import { syslogOf } from '#channels/checkpoints/syslog.ts'
import type { Settings } from '#config/settings.ts'
import { cosignedBy } from '#engine/audit/cosign.ts'
import { parseVerifier } from '#engine/audit/note.ts'
import type { World } from '#engine/world.ts'

/** The places outside that the settings name, witnesses among them. */
export function placesOf(
  world: Pick<World, 'db' | 'settings' | 'serverKeys'>,
  { audit }: Settings,
): readonly Place[] {
  const { file, syslog, http, witnesses } = audit
  const { host, ...to } = syslog
  const { url, headers } = http
  return [
    ...(file === null ? [] : [fileOf(file)]),
    ...(host === null ? [] : [syslogOf({ host, ...to })]),
    ...(url === null ? [] : [httpOf({ url, headers, fetch })]),
    ...witnesses.map((witness) => {
      const key = parseVerifier(witness.key)
      if (!key) throw new Error(`audit.witnesses: the key of ${witness.url} is mistyped`)
      const base = witness.url.replace(/\/$/, '')
      const post = (body: string) =>
        postText({ url: `${base}/add-checkpoint`, headers: {}, body, fetch })
      const get = (path: string) => getText({ url: `${base}/${path}`, fetch })
      return cosignedBy(world, { key, post, get })
    }),
  ]
}
