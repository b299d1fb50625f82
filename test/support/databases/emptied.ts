import type pg from 'pg'

/** Of PostgreSQL, with all tables, as it was made. */
export interface Made {
  /** Its tables, columns, triggers and constraints. */
  readonly shape: string
  /** What the migrations have put into it. */
  readonly rows: readonly Rows[]
}

interface Rows {
  /** As SQL writes it. */
  readonly table: string
  readonly json: string
}

type Asks = Pick<pg.Pool, 'query'>

export async function madeAt(database: Asks): Promise<Made> {
  const { shape } = await standing(database)
  const tables = await database.query<Table>(TABLES)
  const rows: Rows[] = []
  for (const { name: table } of tables.rows) {
    const found = await database.query<Rows>(`select json_agg(one)::text as json from ${table} one`)
    const json = found.rows[0]?.json ?? null
    if (json !== null) rows.push({ table, json })
  }
  return { shape, rows }
}

interface Table {
  readonly name: string
}

/**
 * Empties a database that a test has given back.
 *
 * @returns `false` for one that its test has altered or filled
 */
export async function isEmptied(database: Asks, { shape, rows }: Made): Promise<boolean> {
  const now = await standing(database)
  if (now.shape !== shape || now.bytes > BYTES_MAX) return false
  await database.query(EMPTY, [])
  for (const { table, json } of rows) {
    const values = `json_populate_recordset(null::${table}, $1)`
    await database.query(`insert into ${table} select * from ${values}`, [json])
  }
  return true
}

/** An empty one has eleven million. */
const BYTES_MAX = 24_000_000

interface Standing {
  readonly shape: string
  readonly bytes: number
}

async function standing(database: Asks): Promise<Standing> {
  const { rows } = await database.query<Standing>(STANDING)
  const [row] = rows
  if (!row) throw new Error('one row is always answered')
  return row
}

const OURS = `relnamespace = 'public'::regnamespace`

const STANDING = `select pg_database_size(current_database())::int as bytes, md5(concat(
  (select string_agg(concat(oid, relname, relkind), ',' order by oid) from pg_class where ${OURS}),
  (select string_agg(concat(attrelid, attname, atttypid, attnotnull), ',' order by attrelid, attnum)
    from pg_attribute join pg_class on pg_class.oid = attrelid where ${OURS}),
  (select string_agg(concat(oid, tgname, tgenabled), ',' order by oid) from pg_trigger),
  (select string_agg(concat(oid, conname), ',' order by oid) from pg_constraint)
)) as shape`

/** What Kysely notes of migrations stays. */
const TABLES = `select oid::regclass::text as name from pg_class
  where relkind = 'r' and ${OURS} and relname not like 'kysely%' and pg_relation_size(oid) > 0`

/** As a replica: no trigger of a table runs, and no reference is looked at. */
const EMPTY = `do $$ declare one record; begin
  set local session_replication_role = replica;
  for one in ${TABLES} loop execute 'delete from ' || one.name; end loop;
  for one in select format('%I.%I', schemaname, sequencename) as name from pg_sequences
    where last_value is not null
  loop perform setval(one.name, 1, false); end loop;
end $$`
