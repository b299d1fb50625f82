import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { DatabaseAway } from '#store/database/connection.ts'
import { openPostgres } from '#store/database/postgres.ts'

const server = process.env['COUNTERSIGN_TEST_POSTGRES']
const options = { poolSize: 2, onError: () => undefined }
const select = (sql: string) => ({ sql, parameters: [] }) as never

suite('PostgreSQL', () => {
  test('F8 one that does not answer is away, for reads and for commits', async () => {
    const nobody = openPostgres({ ...options, url: 'postgres://me@127.0.0.1:1/none' })
    await assert.rejects(nobody.ask(select('select 1')), DatabaseAway)
    await assert.rejects(
      nobody.commitCounted([{ sql: 'delete from login', parameters: [], rows: null }]),
      DatabaseAway,
    )
    await nobody.close()
  })

  test('F8 one that ends our connection is away, and is back for the next caller', {
    skip: !server,
  }, async () => {
    const own = openPostgres({ ...options, url: server ?? '' })
    const itself = 'select pg_terminate_backend(pg_backend_pid())'
    await assert.rejects(own.ask(select(itself)), DatabaseAway)
    assert.deepEqual(await own.ask(select('select 1 as one')), [{ one: 1 }])
    await own.close()
  })

  test('an error in a statement does not mean that the server is away', {
    skip: !server,
  }, async () => {
    const own = openPostgres({ ...options, url: server ?? '' })
    const wrong = own.ask(select('select nothing from nowhere'))
    await assert.rejects(wrong, (error) => !(error instanceof DatabaseAway))
    await own.close()
  })
})
