import type { Json } from '#core/json.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import { any } from '#store/queries/writes.ts'

/**
 * The value of this name. It is made once: when two nodes ask for it first at the same time, both
 * may make one, and both get the one that was written first.
 */
export async function getServerKey(
  db: Db,
  name: string,
  make: () => Json | Promise<Json>,
): Promise<Json> {
  const found = await findServerKey(db, name)
  if (found !== undefined) return found
  const row = { name, value: sealed(db, serverKeyPlace(name), await make()) }
  const inserted = db.write.insertInto('server_key').values(row)
  await db.commit([any(inserted.onConflict((oc) => oc.column('name').doNothing()))])
  const written = await findServerKey(db, name)
  if (written === undefined) throw new Error(`the server key ${name} was not written`)
  return written
}

/** `undefined` where none has this name. */
export async function findServerKey(db: Db, name: string): Promise<Json | undefined> {
  const row = await db.read
    .selectFrom('server_key')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst()
  return row && opened(db, name, row.value)
}

/** Whether a server has started on this database before. */
export const hasServerKeys = async (db: Pick<Db, 'read'>): Promise<boolean> =>
  (await anyServerKey(db)) !== undefined

/** Whether these keys open what a server has sealed here. */
export async function opensServerKeys(db: Db): Promise<boolean> {
  const row = await anyServerKey(db)
  if (!row) return true
  try {
    unsealed(db, serverKeyPlace(row.name), row.value)
    return true
  } catch {
    return false
  }
}

const anyServerKey = async (db: Pick<Db, 'read'>) =>
  await db.read
    .selectFrom('server_key')
    .select(['name', 'value'])
    .orderBy('name')
    .limit(1)
    .executeTakeFirst()

/**
 * The first thing that is opened at a start: here it shows when the keys are those of another
 * database.
 */
function opened(db: Db, name: string, value: Uint8Array): Json {
  try {
    return unsealed(db, serverKeyPlace(name), value)
  } catch (cause) {
    throw new Error(
      'the key file does not belong to this database. Put back the one that it was written with.',
      { cause },
    )
  }
}

export const serverKeyPlace = (row: string) => ({ table: 'server_key', column: 'value', row })
