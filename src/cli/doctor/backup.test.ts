import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { after, days, type Instant, millis } from '#core/time/time.ts'
import { backupOf } from '#cli/doctor/installation.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { DATABASES } from '../../../test/support/databases/databases.ts'
import { testWorld } from '../../../test/support/server/world.ts'

const DAYS = days(7)

for (const database of DATABASES) {
  suite(`The doctor on backups, on ${database}`, () => {
    test('a backup of seven days is old, and so is an installation that never had one', async (t) => {
      const { db, now } = await testWorld(t, { database })
      const told = async (at: Instant) => {
        const finding = await backupOf(db, at)
        return [finding?.isWell, finding?.sentence]
      }
      const begun = now()
      assert.deepEqual(await told(begun), [true, 'There is no backup yet.'])
      const made = { kind: 'backup.made', subscriberId: null, backupId: 'bak_1' as never } as const
      const other = { kind: 'key.activated', subscriberId: null, key: 'vapid', id: 1 } as const
      await db.commit(eventWrites(db, [other], begun))
      assert.equal((await told(after(begun, millis(DAYS - 1))))[0], true)
      const never = await told(after(begun, DAYS))
      assert.deepEqual(never, [false, 'There is no backup yet. Run: countersign backup'])
      await db.commit(eventWrites(db, [made], after(begun, DAYS)))
      await db.commit(eventWrites(db, [other], after(begun, days(9))))
      assert.equal((await told(after(begun, millis(2 * DAYS - 1))))[0], true)
      const old = await told(after(begun, millis(2 * DAYS)))
      assert.deepEqual(old, [false, 'The last backup is 7 days old. Run: countersign backup'])
    })
  })
}
