import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import { overBothDatabases } from '#store/contract/store.contract.ts'
import { SEALED } from '#store/keys/sealed-columns.ts'

/** Bytes that no key of ours has sealed. */
const NOT_SEALED = new Set([
  'audit_batch.leaves',
  'audit_node.hash',
  'browser.cookie_hash',
  'managed_key.wrapped',
  'member_session.token_hash',
  'session.token_hash',
])

const nameOf = ({ table, column }: { readonly table: string; readonly column: string }) =>
  `${table}.${column}`

overBothDatabases('sealed columns', (nodes) => {
  test('A27 every column of bytes is swept, or is known to be sealed by no key', async () => {
    const tables = await nodes.db.alter((all) => all.introspection.getTables())
    const found = tables.flatMap(({ name: table, columns }) =>
      columns
        .filter(({ dataType }) => /^(blob|bytea)$/i.test(dataType))
        .map(({ name: column }) => nameOf({ table, column })),
    )
    const known = [...SEALED.map(nameOf), ...NOT_SEALED]
    assert.deepEqual(found.toSorted(), known.toSorted())
  })

  test('A27 rows are named by the primary key of their table', async () => {
    for (const column of SEALED) {
      const names = await nodes.db.alter((all) => primaryKey(all, column.table))
      assert.deepEqual(column.key, names, column.table)
      const { row, ...place } = column.placeOf(column.key.map((_, at) => at + 1))
      assert.equal(nameOf(place), nameOf(column))
      for (const at of column.key.keys()) assert.match(row, new RegExp(String(at + 1)))
    }
  })

  async function primaryKey(all: Kysely<unknown>, table: string): Promise<readonly string[]> {
    const query =
      nodes.db.dialect === 'sqlite'
        ? sql<{
            name: string
          }>`select name from pragma_table_info(${table}) where pk > 0 order by pk`
        : sql<{ name: string }>`select attname as name from pg_index
            join pg_attribute on attrelid = indrelid and attnum = any (indkey)
            where indrelid = ${table}::regclass and indisprimary
            order by array_position(indkey::int[], attnum::int)`
    return (await query.execute(all)).rows.map(({ name }) => name)
  }
})
