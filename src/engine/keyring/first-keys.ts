import type { KeyKind } from '#core/keys/key.ts'
import type { Instant } from '#core/time/time.ts'
import { type Roots, wrapKey } from '#engine/keyring/wrapping.ts'
import type { StoredKey } from '#store/keys/keys.ts'

/** Kinds that are 32 random bytes. */
export const OF_BYTES = ['sealing', 'pepper', 'tokens', 'lookup'] as const
type OfBytes = (typeof OF_BYTES)[number]
export const isOfBytes = (kind: KeyKind): kind is OfBytes =>
  (OF_BYTES as readonly string[]).includes(kind)

const KEY_BYTES = 32

type Named = Pick<StoredKey, 'kind' | 'id' | 'state'>

interface FirstKeys {
  readonly stored: readonly StoredKey[]
  readonly roots: Roots
  /** Of an earlier version: what it has sealed opens with the key file, and with nothing else. */
  readonly isEarlier: boolean
  readonly now: () => Instant
  readonly random: (length: number) => Uint8Array
}

/**
 * The first keys of an installation. Where there is a key file they are those that stand in it:
 * what an earlier version has sealed opens, and nodes of that version go on beside this one. Where
 * a new installation keeps its root key elsewhere, a file that lies about says nothing.
 */
export async function firstKeys({
  stored,
  roots,
  isEarlier,
  now,
  random,
}: FirstKeys): Promise<readonly StoredKey[]> {
  const made: StoredKey[] = []
  const has = (kind: KeyKind) => stored.some((key) => key.kind === kind)
  const file = roots.active.name === 'file' || isEarlier ? roots.file : null
  const held = file?.keys() ?? null
  const add = async (key: Uint8Array, named: Named) => {
    const value = Buffer.from(key).toString('base64url')
    made.push({ ...named, since: now(), ...(await wrapKey(roots, named, value)) })
  }
  if (file && held && !has('root')) {
    const fingerprint = file.fingerprint(held.current)
    const first = { kind: 'root', id: held.current, state: 'active', since: now() } as const
    made.push({ ...first, wrapped: fingerprint, wrappedWith: 'file' })
  }
  const oldest = held && held.root.get(Math.min(...held.root.keys()))
  for (const kind of ['pepper', 'lookup', 'tokens'] as const) {
    if (!has(kind))
      await add(oldest?.export() ?? random(KEY_BYTES), { kind, id: 1, state: 'active' })
  }
  if (has('sealing')) return made
  if (!held) await add(random(KEY_BYTES), { kind: 'sealing', id: 1, state: 'active' })
  for (const [id, key] of held?.root ?? []) {
    const state = id === held?.current ? 'active' : 'old'
    await add(key.export(), { kind: 'sealing', id, state })
  }
  return made
}
