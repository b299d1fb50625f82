import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { letterCommands } from '#cli/commands/letters.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { PASSWORD } from '../../../test/support/clients/engine-story.ts'
import { complains, openOffice } from '../../../test/support/commands/office.ts'

interface Said {
  readonly id: string
  readonly postedAt: string | null
}

/** `countersign letters` over a world in which one letter waits. */
async function office(t: TestContext) {
  const { world, folder, run } = await openOffice<Said>(t, 'letters', letterCommands)
  const write = async () => {
    const subscriberId = await world.add({ userName: 'anna', password: PASSWORD })
    const value = '1 Example Street\nExampletown'
    await setContact(world, { subscriberId, kind: 'postal', value, by: 'operator' })
    await noticeDue(world)
  }
  return { run, write, file: join(folder, 'letters.html') }
}

test('S69 letters are listed, written into a file that only the operator reads, and posted', async (t) => {
  const { run, write, file } = await office(t)
  await assert.rejects(run('print', '--to', file), complains(/^No letter waits\.$/))
  await write()
  const [letter] = await run('list')
  assert.ok(letter)
  assert.doesNotMatch(JSON.stringify(letter), /Example/)
  await run('print', '--to', file)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.match(readFileSync(file, 'utf8'), /<address>1 Example Street<br>Exampletown<\/address>/)
  await assert.rejects(run('print', '--to', file), complains(/is there already/))
  const [posted] = await run('posted', letter.id, '--by', 'agent-7')
  assert.ok(posted?.postedAt)
  assert.deepEqual(await run('list'), [])
  await run('print', letter.id, '--to', `${file}.again`)
  assert.deepEqual(await run('posted', letter.id, '--by', 'agent-8'), [posted])
})

test('a mistyped letter is named, and leaves none half said', async (t) => {
  const { run, write } = await office(t)
  await write()
  const [letter] = await run('list')
  assert.ok(letter)
  const mistyped = run('posted', letter.id, 'ltr_nothing', '--by', 'agent-7')
  await assert.rejects(mistyped, complains(/^ltr_nothing: There is no such letter/))
  assert.equal((await run('list')).length, 1)
})
