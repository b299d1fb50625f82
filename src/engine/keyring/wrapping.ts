import type { RootKeyFile } from '#channels/root-keys/file.ts'
import { RootKeyFailed, type RootKeys } from '#channels/root-keys/provider.ts'
import type { Json } from '#core/json.ts'
import type { ManagedKey } from '#core/keys/key.ts'
import type { StoredKey } from '#store/keys/keys.ts'

/** A key, and how it is wrapped. */
export type WrappedKey = Wrapping & Pick<ManagedKey, 'kind' | 'id'>

export type Wrapping = Pick<StoredKey, 'wrapped' | 'wrappedWith'>

/** What keeps the root key now, and what may have kept it before. */
export interface Roots {
  readonly active: RootKeys
  /** By their names; the active one is among them. */
  readonly all: ReadonlyMap<string, RootKeys>
  /** `null` where no key file is there. */
  readonly file: RootKeyFile | null
}

/** How a node says that it wraps with this one. */
export const wrapsWith = ({ place }: RootKeys): string => `wraps/${place}`

export const nameOf = ({ kind, id }: Pick<ManagedKey, 'kind' | 'id'>): string => `${kind}/${id}`

/** The key of a backup stands in no database, and bears this name. */
export const OF_BACKUP = { kind: 'root', id: 0 } as const
const isOfBackup = ({ kind, id }: Pick<ManagedKey, 'kind' | 'id'>): boolean =>
  kind === OF_BACKUP.kind && id === OF_BACKUP.id

/** Wraps a value, and opens it again before it counts. */
export async function wrapKey(
  { active }: Pick<Roots, 'active'>,
  key: Pick<ManagedKey, 'kind' | 'id'>,
  value: Json,
): Promise<Wrapping> {
  const text = JSON.stringify({ kind: key.kind, id: key.id, value })
  const { bytes, by } = await active.wrap(Buffer.from(text))
  const back = Buffer.from(await active.unwrap({ bytes, by })).toString('utf8')
  if (back !== text)
    throw new RootKeyFailed(
      `${active.name} does not unwrap what it has wrapped. Nothing was changed.`,
    )
  return { wrapped: bytes, wrappedWith: by }
}

/** Wraps what is no key: so it is known that what keeps the root key works. */
export const tryOut = async (roots: Pick<Roots, 'active'>): Promise<void> =>
  void (await wrapKey(roots, OF_BACKUP, 'tried out'))

/** @throws RootKeyFailed for what is not this key. */
export async function unwrapKey({ all }: Pick<Roots, 'all'>, key: WrappedKey): Promise<Json> {
  const by = key.wrappedWith ?? ''
  const root = all.get(by.split(':', 1)[0] ?? '')
  if (!root || !key.wrapped)
    throw new RootKeyFailed(
      `${isOfBackup(key) ? 'the key of this backup' : `key ${nameOf(key)} of the database`} ` +
        `was wrapped by ${by}, ` +
        (by.startsWith('file')
          ? 'and no file is at keys.file.'
          : 'which the settings do not name.'),
    )
  const text = Buffer.from(await root.unwrap({ bytes: key.wrapped, by })).toString('utf8')
  const value = valueIn(key, text)
  if (value === null)
    throw new RootKeyFailed(`${root.name} has unwrapped something else than ${nameOf(key)}.`)
  return value
}

/** What was unwrapped says itself what it is, so that no key is taken for another. */
function valueIn({ kind, id }: Pick<ManagedKey, 'kind' | 'id'>, text: string): Json {
  try {
    const said = JSON.parse(text) as { kind?: unknown; id?: unknown; value?: Json }
    return said.kind === kind && said.id === id ? (said.value ?? null) : null
  } catch {
    return null
  }
}
