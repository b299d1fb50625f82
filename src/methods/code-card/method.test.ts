import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { AuthenticatorId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { after, days, type Instant, instant } from '#core/time/time.ts'
import { type Card, drawnCard, unusedOf } from '#methods/code-card/card.ts'
import { codeCard } from '#methods/code-card/method.ts'
import type { CardPrompt, PrintPrompt } from '#methods/code-card/prompt.ts'
import { codesAt, SAMPLE_KEYED, sampleCard } from '#methods/code-card/sample.ts'
import { CELLS, CODE_LENGTH, SYMBOLS } from '#methods/code-card/wire.ts'
import { SAMPLE_ASKING } from '#methods/sample.ts'
import { sampleChance } from '#methods/sample-tools.ts'
import type { Asking, Method, Verdict } from '#methods/method.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
const method: Method = codeCard(SAMPLE_KEYED)

const asking = (random: Asking['random']): Asking => ({
  now: NOON,
  random,
  authenticatorId: 'aut_1' as AuthenticatorId,
  transaction: 'log_1',
  purpose: 'login',
  context: null,
  recognised: true,
  transfer: false,
  way: null,
  ...SAMPLE_ASKING,
  seamless: true,
})

function asked(state: Json, name: string, of = method) {
  const drawn = of.challenge(state, asking(sampleChance(name)))
  assert.ok(drawn.ok)
  return { ...drawn, pair: (drawn.prompt as unknown as CardPrompt).pair }
}

const verify = (state: Json, expected: Json, codes: unknown): Promise<Verdict> =>
  method.verify(state, {
    authenticatorId: 'aut_1' as AuthenticatorId,
    browser: null,
    now: NOON,
    expected,
    answer: { codes },
  })

suite('A code card', () => {
  test('R009 R105 has 224 cells of three of 32 symbols, and nothing on it can be taken for something else', () => {
    const { printed, card } = drawnCard(SAMPLE_KEYED, { random: sampleChance('one'), now: NOON })
    assert.equal(printed.codes.length, CELLS)
    assert.equal(CELLS, 224)
    for (const code of printed.codes) {
      assert.equal(code.length, CODE_LENGTH)
      for (const symbol of code) assert.ok(SYMBOLS.includes(symbol))
    }
    for (const alike of 'ILOU') assert.ok(!SYMBOLS.includes(alike))
    assert.equal(new Set(SYMBOLS).size, 32)
    assert.match(printed.serial, /^[0-9]{5}-[0-9]{4}$/)
    assert.equal(card.expiresAt, after(NOON, days(21)))
  })

  test('C7 is kept as what its codes are held against: no code and no key stands in it', () => {
    const { printed, card } = drawnCard(SAMPLE_KEYED, { random: sampleChance('two'), now: NOON })
    const kept = JSON.stringify({ ...card, cells: null })
    assert.equal(new Set(card.cells).size, CELLS, 'two cells with one code are told apart')
    for (const code of printed.codes) assert.ok(!kept.includes(code))
    for (const cell of card.cells) assert.equal(Buffer.from(cell ?? '', 'base64url').length, 16)
  })

  test('R108 A15 asks the same pair a hundred times, until it is answered right', async () => {
    const first = asked(sampleCard, 'first')
    let { state } = first
    for (let count = 0; count < 100; count += 1) {
      const again = asked(state, `again ${count}`)
      assert.deepEqual(again.pair, first.pair)
      state = again.state
    }
    const wrong = await verify(state, first.expected, '000000')
    assert.deepEqual(wrong, { outcome: 'rejected', reason: 'wrong-codes' })
    const right = await verify(state, first.expected, codesAt(first.pair))
    assert.ok(right.outcome === 'accepted')
    assert.notDeepEqual(asked(right.state, 'next').pair, first.pair)
  })

  test('R024 R154 understands both codes however they are typed', async () => {
    const { state, expected, pair } = asked(sampleCard, 'typed')
    const codes = codesAt(pair)
    const wide = Array.from(codes, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0)).join(
      '',
    )
    const alike = codes.replaceAll('0', 'O').replaceAll('1', 'l')
    const ways = [
      codes,
      codes.toLowerCase(),
      ` ${codes.slice(0, 3)} ${codes.slice(3)} `,
      `${codes.slice(0, 3)}-${codes.slice(3)}`,
      `${codes.slice(0, 3)}–${codes.slice(3)}`,
      Array.from(codes).join(' '),
      wide,
      wide.toLowerCase(),
      alike,
      alike.replace('l', 'I'),
    ]
    for (const typed of ways) {
      assert.equal((await verify(state, expected, typed)).outcome, 'accepted', typed)
    }
    const other = `${codes.slice(3)}${codes.slice(0, 3)}`
    assert.equal((await verify(state, expected, other)).outcome, 'rejected', 'in their order')
  })

  test('takes what is not six of its symbols for no answer, and counts nothing', async () => {
    const { state, expected, pair } = asked(sampleCard, 'malformed')
    const codes = codesAt(pair)
    for (const typed of [
      '',
      codes.slice(1),
      `${codes}A`,
      'UUUUUU',
      'ÄÖÜäöü',
      `${codes}\u0000`,
      7,
      null,
    ]) {
      assert.deepEqual(await verify(state, expected, typed), { outcome: 'malformed' })
    }
    const long = `${codes}${' '.repeat(58)}`
    assert.equal((await verify(state, expected, long)).outcome, 'accepted')
    assert.equal((await verify(state, expected, `${long} `)).outcome, 'malformed')
  })

  test('holds one right code and one wrong one for wrong, whichever it is', async () => {
    const { state, expected, pair } = asked(sampleCard, 'half')
    const codes = codesAt(pair)
    const other = (code: string) => (code === '222' ? '333' : '222')
    for (const typed of [
      codes.slice(0, 3) + other(codes.slice(3)),
      other(codes.slice(0, 3)) + codes.slice(3),
    ]) {
      assert.equal((await verify(state, expected, typed)).outcome, 'rejected')
    }
  })

  test('A7 a pair that another login has used is asked anew, and nothing is counted', async () => {
    const one = asked(sampleCard, 'one')
    const other = asked(one.state, 'other')
    assert.deepEqual(one.pair, other.pair)
    const first = await verify(other.state, one.expected, codesAt(one.pair))
    assert.ok(first.outcome === 'accepted')
    const second = await verify(first.state, other.expected, codesAt(one.pair))
    const anew = { outcome: 'rejected', reason: 'asked-anew', explained: 'login.asked-anew' }
    assert.deepEqual(second, anew)
    const next = asked(first.state, 'next')
    assert.deepEqual(await verify(next.state, one.expected, codesAt(one.pair)), anew)
  })

  test('A15 S54 over its whole life of 112 logins no cell is asked twice, and then it is spent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ maxLength: 8 }),
        fc.array(fc.boolean(), { maxLength: 40 }),
        async (name, wrongs) => {
          let state: Json = sampleCard
          const used: number[] = []
          for (let login = 0; login < CELLS / 2; login += 1) {
            const drawn = asked(state, `${name} ${login}`)
            const prompt = drawn.prompt as unknown as CardPrompt
            assert.equal(prompt.left, CELLS - used.length)
            if (wrongs[login]) {
              assert.equal(
                (await verify(drawn.state, drawn.expected, '!!!!!!')).outcome,
                'malformed',
              )
            }
            const verdict = await verify(drawn.state, drawn.expected, codesAt(drawn.pair))
            assert.ok(verdict.outcome === 'accepted')
            assert.equal(verdict.spent ?? false, login === CELLS / 2 - 1)
            used.push(...drawn.pair)
            state = verdict.state
          }
          assert.equal(new Set(used).size, CELLS)
          assert.deepEqual(unusedOf(state as unknown as Card), [])
          assert.throws(() => asked(state, 'one more'))
        },
      ),
      { numRuns: 8 },
    )
  })

  test('R101 S57 opens everything until 21 days are over, and nothing after', async () => {
    const { state, expected, pair } = asked(sampleCard, 'phases')
    const verdict = await verify(state, expected, codesAt(pair))
    assert.ok(verdict.outcome === 'accepted')
    const until = after(NOON, days(21))
    assert.deepEqual(verdict.phases, [{ until, opens: 'everything' }])
  })

  test('tells that it is nearly used up ten logins before the end, and at the last', () => {
    const viewOf = (left: number) =>
      method.describe({ pair: [1, 2], left }, { label: null, openedAt: NOON, expiresAt: NOON })[0]
    const told = [22, 20, 4, 2].map((left) => viewOf(left).warning?.key)
    const low = 'method.code-card.low'
    assert.deepEqual(told, [undefined, low, low, 'method.code-card.last'])
  })

  test('cannot be answered with another key: a stolen table alone opens nothing', async () => {
    const { state, expected, pair } = asked(sampleCard, 'stolen')
    const other = codeCard({ ...SAMPLE_KEYED, mac: (text) => SAMPLE_KEYED.mac(text, 2) })
    const judging = { expected, answer: { codes: codesAt(pair) }, now: NOON, browser: null }
    const id = { authenticatorId: 'aut_1' as AuthenticatorId }
    assert.equal((await other.verify(state, { ...id, ...judging })).outcome, 'rejected')
  })
})

suite('Printing a code card', () => {
  const enrol = method.enrol ?? assert.fail('it is not printed')
  const begun = (name: string, now: Instant = NOON) => {
    const drawn = enrol.begin(null, {
      now,
      random: sampleChance(name),
      issuer: 'https://login.example.com',
      brand: 'Example',
      subscriber: { id: 'sub_1', userName: 'anna', language: 'en' },
      held: [],
      way: null,
      before: null,
      network: 'a network',
      channels: [],
    })
    assert.ok(drawn.ok)
    return { ...drawn, prompt: drawn.prompt as unknown as PrintPrompt }
  }
  const complete = (expected: Json, answer: unknown, language: 'en' | 'fr' = 'en') =>
    enrol.complete(answer, {
      expected,
      now: NOON,
      random: sampleChance('complete'),
      language,
      issuer: 'https://login.example.com',
    })
  const codesOf = ({ codes, pair }: PrintPrompt) => pair.map((at) => codes[at - 1]).join('')

  test('R104 the card counts once two of its codes were shown, and those two are burnt', async () => {
    const { prompt, expected } = begun('printing')
    assert.deepEqual(await complete(expected, '000000'), { wrong: true })
    const bound = await complete(expected, codesOf(prompt).toLowerCase())
    assert.ok('ok' in bound && bound.ok)
    assert.equal(bound.label, `Code card ${prompt.serial}`)
    assert.equal(bound.expiresAt, after(NOON, days(21)))
    const unused = unusedOf(bound.state as unknown as Card)
    assert.equal(unused.length, CELLS - 2)
    assert.ok(prompt.pair.every((index) => !unused.includes(index)))
    const french = await complete(expected, codesOf(prompt), 'fr')
    assert.ok('label' in french && french.label.startsWith('Carte de codes '))
  })

  test('what is no answer at all is not counted', async () => {
    const { expected } = begun('malformed')
    for (const answer of [null, 7, {}, '', 'ABC', 'UUUUUU']) {
      assert.deepEqual(await complete(expected, answer), {
        ok: false,
        problem: 'login.malformed-answer',
      })
    }
  })

  test('R104 S57 shows the sheet once, with serial and end, and then asks for two of its codes', () => {
    const { prompt } = begun('views')
    const when = { openedAt: NOON, expiresAt: NOON }
    const [card, check] = enrol.describe(prompt as unknown as Json, when)
    assert.equal(card.once, true)
    assert.equal(card.sheet?.serial, prompt.serial)
    assert.equal(card.sheet?.expiresAt, after(NOON, days(21)))
    assert.equal(card.sheet?.cells.length, CELLS)
    assert.deepEqual(card.sheet?.cells[16], { index: '17', code: prompt.codes[16] })
    assert.equal(check?.name, card.next?.view)
    assert.deepEqual(
      check?.steps?.map(({ values }) => values?.index),
      prompt.pair.map(String),
    )
  })

  test('A15 once it was shown, no code is left in what the server keeps of it', () => {
    const { prompt, expected } = begun('forgotten')
    const left = enrol.forget?.(prompt as unknown as Json) ?? null
    const kept = JSON.stringify([left, expected])
    const { serial, pair, expiresAt } = prompt
    assert.deepEqual(left, { serial, codes: [], pair, expiresAt })
    assert.ok(!prompt.codes.some((code) => kept.includes(`"${code}"`)))
  })

  test('no card is like another', () => {
    const [one, other] = [begun('one card').prompt, begun('another card').prompt]
    assert.notEqual(one.serial, other.serial)
    assert.notDeepEqual(one.codes, other.codes)
  })
})

test('A25 after a restore the cells that were answered are burnt again, and asked no more', () => {
  const since = { now: NOON, isTouched: true, used: [12, 45], uses: 0 }
  const at = (card: Card, changes = {}) =>
    method.restored?.(card, { ...since, ...changes }) as Card | null
  const left = at({ ...sampleCard, asked: [12, 46] })
  assert.ok(left)
  assert.deepEqual([left.cells[11], left.cells[44], left.asked], [null, null, null])
  assert.equal(unusedOf(left).length, unusedOf(sampleCard).length - 2)
  assert.deepEqual(at({ ...sampleCard, asked: [13, 46] })?.asked, [13, 46])
  assert.equal(at(sampleCard, { uses: 1 }), null, 'which cells is not known')
  const all = Array.from({ length: CELLS - 1 }, (_, index) => index + 1)
  assert.equal(at(sampleCard, { used: all }), null, 'one cell is no pair')
})
