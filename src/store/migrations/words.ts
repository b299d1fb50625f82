/** The few words in which SQLite and PostgreSQL differ when tables are made. */
export interface Words {
  /** Text that is compared byte by byte: ids, hashes, names of things. */
  readonly id: string
  /** 64 bits: counts, versions, milliseconds, 0 or 1. */
  readonly integer: string
  readonly bytes: string
  /** A primary key that counts up by itself and never comes again. */
  readonly counted: string
  /** Ends a table: columns hold what they say they hold. */
  readonly strict: string
  /** Ends a table that is little more than its primary key. */
  readonly keyed: string
  /** The text of one member of a column that holds a JSON object; null where there is none. */
  readonly member: (column: string, name: string) => string
  /** Statements that make a table refuse update and delete. */
  readonly onlyEverAdded: (table: string) => readonly string[]
}

export const SQLITE: Words = {
  id: 'text',
  integer: 'integer',
  bytes: 'blob',
  counted: 'integer primary key autoincrement',
  strict: ' strict',
  keyed: ' strict, without rowid',
  member: (column, name) => `json_extract(${column}, '$.${name}')`,
  onlyEverAdded: (table) =>
    ['update', 'delete'].map(
      (verb) => `create trigger ${table}_no_${verb} before ${verb} on ${table}
        begin select raise(abort, '${table} is only ever added to'); end`,
    ),
}

export const POSTGRES: Words = {
  id: 'text collate "C"',
  integer: 'bigint',
  bytes: 'bytea',
  counted: 'bigint generated always as identity primary key',
  strict: '',
  keyed: '',
  member: (column, name) => `${column}::jsonb ->> '${name}'`,
  onlyEverAdded: (table) => [
    `create function ${table}_refuse() returns trigger language plpgsql as
      $$ begin raise exception '${table} is only ever added to'; end $$`,
    `create trigger ${table}_only_ever_added before update or delete or truncate on ${table}
      for each statement execute function ${table}_refuse()`,
  ],
}
