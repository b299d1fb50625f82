import { type Compilable, type InferResult, sql } from 'kysely'
import { type Connection, kept, type Statement } from '#store/database/connection.ts'

type Builders = Pick<Connection, 'read' | 'write'>

/**
 * A statement that is always the same but for its values. It is built and compiled once, because
 * that takes ten times as long as running it.
 *
 * `build` is called before there are any values: it puts them where they belong, and must not look
 * at them or compute with them.
 */
export function prepared<V extends object, Q extends Compilable>(
  build: (db: Builders, values: V) => Q,
): (db: Connection, values: V) => Statement<InferResult<Q>[number]> {
  const made = new Map<string, Made>()
  return (db, values) => {
    const { sql, slots } = kept(made, db.dialect, () => makeOnce(build, db))
    const parameters = slots.map((slot) =>
      'name' in slot ? values[slot.name as keyof V] : slot.value,
    )
    return { sql, parameters }
  }
}

/**
 * A limit that is always the same, as a part of the text. With one among the values SQLite would
 * plan the whole statement anew each time, because the best plan depends on it.
 */
export const atMost = (rows: number) => sql.lit(rows)

interface Made {
  readonly sql: string
  readonly slots: readonly Slot[]
}

/** What goes where: a value that is still to come, or one that is always the same. */
type Slot = Mark | { readonly value: unknown }

/** Stands for a value until there is one. */
interface Mark {
  readonly name: string | symbol
}

function makeOnce(build: (db: Builders, values: never) => Compilable, db: Connection): Made {
  const marks = new Map<string | symbol, Mark>()
  const markOf = (_: object, name: string | symbol): Mark => {
    const mark = marks.get(name) ?? { name, [Symbol.toPrimitive]: computedWith }
    marks.set(name, mark)
    return mark
  }
  // What it builds with is a mark under every name, whatever the values will be.
  const { sql, parameters } = build(db, new Proxy({}, { get: markOf }) as never).compile()
  const all = new Set<unknown>(marks.values())
  const isMark = (value: unknown): value is Mark => all.has(value)
  return { sql, slots: parameters.map((value) => (isMark(value) ? value : { value })) }
}

function computedWith(): never {
  throw new Error('a statement cannot compute with values that are still to come')
}
