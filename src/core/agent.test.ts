import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { AGENT_LENGTH_MAX, isAgentId } from './agent.ts'

suite('The id of a member of staff', () => {
  test('is small letters, digits, dots, dashes and underscores', () => {
    const longest = 'x'.repeat(AGENT_LENGTH_MAX)
    for (const id of ['a', '7', 'agent-7', 'j.doe_2', 'demo-desk', longest])
      assert.ok(isAgentId(id), id)
  })

  test('is nothing else: no name, markup, control, look-alike, white space, and not too long', () => {
    const odd = [
      '',
      ' ',
      'Agent-7',
      'Jane Doe',
      'jane doe',
      'Jane Doe <script>',
      '<b>',
      '"x"',
      "o'neil",
      ' agent-7',
      'agent-7 ',
      'agent-7\n',
      '\nagent-7',
      'a\u0000b',
      'a\tb',
      'a\u202eb',
      'a\u200bb',
      'аgent',
      'ａgent',
      'agent\u0301',
      '-agent',
      '.agent',
      '_a',
      'a/b',
      'a:b',
      'operator;drop',
      'x'.repeat(AGENT_LENGTH_MAX + 1),
      'x'.repeat(100_000),
    ]
    for (const id of odd) assert.equal(isAgentId(id), false, JSON.stringify(id.slice(0, 50)))
  })
})
