import assert from 'node:assert/strict'
import test from 'node:test'
import { type Place, place, run } from '../support/commands/command.ts'

/** `countersign account` and `countersign rights`, as the operator types them. */

const PASSWORD = 'fifteen or more letters'

async function withClient(where: Place): Promise<void> {
  const added = await run(
    where,
    ['subscriber', 'add', '--user-name', 'anna', '--account', 'U1'],
    PASSWORD,
  )
  assert.equal(added.code, 0, added.stderr)
}

test('an account is added, approved, opened, moved and closed, and what cannot be is refused', async (t) => {
  const where = await place(t)
  await withClient(where)
  const said = async (line: string) => {
    const { code, stdout, stderr } = await run(where, line.split(' '))
    return code === 0
      ? (JSON.parse(stdout) as Record<string, unknown>)['status']
      : `${code} ${stderr.trim()}`
  }
  const rows = [
    ['account add --user-name anna --number U2', 'applied'],
    ['account add --user-name anna --number U2', 'applied'],
    ['account add --user-name nobody --number U3', '1 There is no user with that name.'],
    ['account open U2', '1 Your account is not approved yet.'],
    ['account approve U2', 'approved'],
    ['account open U2', 'open'],
    ['account jurisdiction U2 hk --residence HK', 'open'],
    ['account jurisdiction U2 mars', '2 A jurisdiction is one of default, eu, hk, in, sg, uk, us.'],
    ['account close U2 --by-client', 'closed-by-client'],
    ['account close U2 --by-client', 'closed-by-client'],
    ['account close U2', '1 Your account is closed.'],
    ['account approve U9', '1 There is no account with that number.'],
  ] as const
  for (const [line, expected] of rows) assert.equal(await said(line), expected, line)
})

test('R132 the residence decides whose rules apply, and other rules need a reason, which is shown', async (t) => {
  const where = await place(t)
  await withClient(where)
  const said = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await run(where, ['account', ...args])
    if (code !== 0) return `${code} ${stderr.trim()}`
    const shown = JSON.parse(stdout) as Readonly<Record<string, unknown>>
    return [shown['residence'], shown['jurisdiction'], shown['overrideReason']]
  }
  const needsReason = '1 The residence decides on the jurisdiction: another one needs a reason.'
  assert.equal(await said('jurisdiction', 'U1', 'default', '--residence', 'HK'), needsReason)
  assert.deepEqual(await said('residence', 'U1', 'HK'), ['HK', 'hk', null])
  assert.equal(await said('jurisdiction', 'U1', 'default'), needsReason)
  const why = 'Held with the branch in London'
  const set = ['HK', 'uk', why]
  assert.deepEqual(await said('jurisdiction', 'U1', 'uk', '--reason', why), set)
  const explained = await run(where, ['rights', 'explain', 'anna', 'phone-key'])
  assert.match(
    explained.stdout,
    /rules {8}U1: uk, set by the back office \(residence HK\): Held with the branch in London\n/,
  )
  assert.deepEqual(await said('residence', 'U1', 'FR'), ['FR', 'eu', null])
  const inFrance = await run(where, ['rights', 'explain', 'anna', 'phone-key'])
  assert.match(inFrance.stdout, /rules {8}U1: eu, residence FR\n/)
  assert.match(
    inFrance.stdout,
    /idle: 5 minutes \(Commission .* 2018\/389, article 4\(3\)\(d\)\)\n/,
  )
  const added = ['add', '--user-name', 'anna', '--number', 'U2', '--residence', 'IN']
  assert.deepEqual(await said(...added), ['IN', 'in', null])
  const both = await run(where, ['rights', 'explain', 'anna', 'phone-key', '--json'])
  const { rules, sources } = JSON.parse(both.stdout) as {
    readonly rules: Readonly<Record<string, unknown>>
    readonly sources: Readonly<Record<string, { readonly text: string }>>
  }
  assert.deepEqual([rules['optOut'], rules['idle']], [false, 300_000])
  assert.match(sources['optOut']?.text ?? '', /^NSE, circular of 25 March 2014, regulation 3b/)
  const isLaxer =
    '1 Less strict rules need a reason, unless the client lives in another country now.'
  assert.equal(await said('residence', 'U1', 'none'), isLaxer)
  const unknown = ['residence', 'U1', 'none', '--reason', 'The letter came back']
  assert.deepEqual(await said(...unknown), [null, 'default', null])
  const placings = await run(where, ['account', 'placings', 'U1'])
  const [last] = placings.stdout.trim().split('\n').toReversed()
  const { at: _, ...shown } = JSON.parse(last ?? '') as Readonly<Record<string, unknown>>
  assert.deepEqual(shown, {
    by: 'operator',
    residence: null,
    jurisdiction: 'default',
    isOverride: false,
    reason: 'The letter came back',
    words: 'as-given',
  })
  const nowhere = '2 A residence is two letters of ISO 3166-1, such as HK or GB, or none.'
  assert.equal(await said('residence', 'U1', 'UK'), nowhere)
  assert.match(
    String(await said('jurisdiction', 'U1', 'uk', '--reason', 'two\nlines')),
    /^2 A reason is one line of up to 200 characters/,
  )
})

test('rights explain names the row that decided', async (t) => {
  const where = await place(t)
  await withClient(where)
  const explain = async (line: string) =>
    await run(where, ['rights', 'explain', ...line.split(' ')])
  const rows = [
    ['anna phone-key', 'trades: You have full access.'],
    ['anna password', 'first-binding: You have only a password so far.'],
    ['anna phone-key --phase card-printing', 'card-printing: With your temporary access you can'],
    ['anna phone-key --phase over', 'access-over: Your temporary access has expired'],
  ] as const
  for (const [line, begins] of rows) {
    const { stdout } = await explain(line)
    assert.ok(stdout.startsWith(begins), stdout)
  }
  const asJson = await explain('anna phone-key --json')
  assert.equal((JSON.parse(asJson.stdout) as { row: string }).row, 'trades')
  for (const [line, code, words] of [
    ['nobody phone-key', 1, /There is no user with that name/],
    ['anna telepathy', 2, /A method is one of/],
    ['anna phone-key --phase never', 2, /A phase is/],
    ['anna phone-key --environment moon', 2, /live or paper/],
  ] as const) {
    const ended = await explain(line)
    assert.equal(ended.code, code, line)
    assert.match(ended.stderr, words)
  }
})

test('at the command line: a client with an account is no other user, and bad names are refused', async (t) => {
  const where = await place(t)
  await withClient(where)
  const added = await run(
    where,
    ['subscriber', 'add', '--user-name', 'bert', '--account', 'U2'],
    PASSWORD,
  )
  assert.equal(added.code, 0, added.stderr)
  const said = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await run(where, ['account', ...args])
    return code === 0 ? stdout.trim() : `${code} ${stderr.trim()}`
  }
  const share = ['share', '--user-name', 'bert', '--primary', 'anna', '--called']
  const own = 'That is not possible: a primary user has an account, and another user has none.'
  assert.equal(await said(...share, 'Anna'), `1 ${own}`)
  assert.match(await said(...share, 'two\nlines'), /^2 A name is one line of up to 80 characters/)
  assert.match(await said(...share.with(4, 'nobody'), 'Anna'), /^1 There is no user with that name/)
  // No other client has the account of Bert, so nothing is taken from one.
  assert.match(await said('unshare', '--user-name', 'bert'), /"number":"U2"/)
  assert.match(await said('unshare', '--user-name', 'nobody'), /^1 There is no user with that name/)
})
