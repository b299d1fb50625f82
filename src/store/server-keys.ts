import type { Json } from '#core/json.ts'
import type { Db } from '#store/database.ts'

/** The value of this name; it is made once, also when two nodes ask for it first at the same time. */
export async function getServerKey(
  db: Db,
  name: string,
  make: () => Json | Promise<Json>,
): Promise<Json> {
  throw new Error('not written yet')
}
