import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { newId } from '#core/ids.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { emptyDatabase, folder, NOW, open, random } from '#store/contract/store.contract.ts'
import { MIGRATIONS, migrate } from '#store/database/migrate.ts'
import { one } from '#store/queries/writes.ts'

const RESIDENCE_DECIDES = '0029-residence-decides'

/** The tables of before, in which rules were set by hand beside the residence. */
const BEFORE = Object.fromEntries(
  Object.entries(MIGRATIONS).filter(([name]) => name < RESIDENCE_DECIDES),
)

const POSTGRES = process.env['COUNTERSIGN_TEST_POSTGRES'] !== undefined

const REASON = 'Set before the residence decided'

for (const kind of ['sqlite', 'postgres'] as const) {
  suite(`Accounts of before, on ${kind}`, { skip: kind === 'postgres' && !POSTGRES }, () => {
    test('R132 follow the residence, and keep rules that it does not give', async (t) => {
      const place = kind === 'sqlite' ? folder() : await emptyDatabase()
      const db = await open(place.url)
      t.after(async () => {
        await db.close()
        await place.remove()
      })
      await migrate(db, BEFORE)
      const subscriberId = newId('sub', NOW, random)
      const named = { id: subscriberId, user_name: 'anna', name_key: 'anna', language: 'en' }
      const subscriber = { ...named, version: 1, seamless: 1 }
      const rows = [
        ['default', 'HK', null],
        ['default', null, null],
        ['hk', 'HK', null],
        ['in', 'IN', null],
        ['eu', 'FR', null],
        ['eu', 'NO', null],
        ['hk', null, 'hk'],
        ['hk', 'US', 'hk'],
        ['in', 'HK', 'in'],
        ['eu', 'CH', 'eu'],
      ] as const
      await db.commit([
        one(db.write.insertInto('subscriber').values({ ...subscriber, created_at_ms: NOW })),
        ...rows.map(([jurisdiction, residence], index) =>
          one(
            db.write.insertInto('account').values({
              id: newId('acc', NOW, random),
              subscriber_id: subscriberId,
              number: `U${index}`,
              environment: 'live',
              status: 'open',
              jurisdiction,
              residence,
            }),
          ),
        ),
      ])
      assert.equal((await migrate(db))[0], RESIDENCE_DECIDES)
      const accounts = await listAccounts(db, subscriberId)
      for (const [index, [, residence, kept]] of rows.entries()) {
        const account = accounts.find(({ number }) => number === `U${index}`)
        const override = kept === null ? null : { jurisdiction: kept, reason: REASON }
        assert.deepEqual([account?.residence, account?.override], [residence, override], `${index}`)
      }
    })
  })
}
