import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import type { Command } from 'commander'
import type { Tools } from '#cli/command.ts'
import { programOf } from '#cli/commands/program.ts'

/** Nothing is run: what is asked for is compared with what there is. */
const shut: Tools = {
  openWorld: () => Promise.reject(new Error('the house was opened')),
  startServer: () => Promise.reject(new Error('the server was started')),
}

interface Shown {
  readonly at: string
  /** Behind `countersign`. */
  readonly words: readonly string[]
}

/** Lines of examples in a shell, without what a shell does with them. */
function shownIn(file: string): readonly Shown[] {
  const blocks = readFileSync(file, 'utf8').matchAll(/^```sh\n([^]*?)^```/gm)
  return [...blocks].flatMap(([, block = '']) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .filter((line) => /^(\S*\/)?countersign [a-z]/.test(line))
      .map((line) => ({ at: `${file}: ${line}`, words: wordsOf(line).slice(1) })),
  )
}

/** Up to a comment, a pipe, a redirection or the next command. */
function wordsOf(line: string): readonly string[] {
  const [own = ''] = line.split(/ (?:#|\||<|>|&&|;)/)
  return [...own.matchAll(/'[^']*'|"[^"]*"|\S+/g)].map(([word]) => word)
}

/** What is wrong with a line, or `null`. */
function faultOf({ words }: Shown, program: Command): string | null {
  let command = program
  let rest = [...words]
  for (;;) {
    const below = command.commands.find(
      (one) => one.name() === rest[0] || one.aliases().includes(rest[0] ?? ''),
    )
    if (!below) break
    command = below
    rest = rest.slice(1)
  }
  // One that has others below it, such as `backup`, may do something by itself.
  const isOther = command.commands.length > 0 && !rest[0]?.startsWith('-')
  if (isOther) return `is no command: ${rest[0]}`
  const given = new Set<string>()
  let places = 0
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? ''
    if (!word.startsWith('-')) {
      places += 1
      continue
    }
    const option = command.options.find(({ long, short }) => long === word || short === word)
    if (!option) return `has no ${word}`
    given.add(option.attributeName())
    if (option.required) at += 1
    else if (option.optional && !(rest[at + 1] ?? '-').startsWith('-')) at += 1
  }
  const missing = command.options.find(
    (option) => option.mandatory && !given.has(option.attributeName()),
  )
  if (missing) return `is without ${missing.long}`
  const needed = command.registeredArguments.filter(({ required }) => required).length
  return places < needed ? `is without ${command.registeredArguments[places]?.name()}` : null
}

suite('A command that a guide shows', () => {
  test('is there, with its options, and has what it needs', () => {
    const program = programOf(shut)
    const shown = globSync(['README.md', 'docs/guide/*.md']).flatMap(shownIn)
    assert.ok(shown.length > 60, `${shown.length} are read`)
    const faults = shown.flatMap((one) => {
      const fault = faultOf(one, program)
      return fault === null ? [] : [`${one.at}: ${fault}`]
    })
    assert.deepEqual(faults, [])
  })

  test('is missed where it is wrong', () => {
    const program = programOf(shut)
    const fault = (line: string) => faultOf({ at: '', words: wordsOf(line).slice(1) }, program)
    assert.equal(fault('countersign passcode give --by jane'), 'is no command: give')
    assert.equal(fault('countersign account approve'), 'is without number')
    assert.equal(fault('countersign staff list --loud'), 'has no --loud')
    assert.match(fault('countersign subscriber unlock --user-name anna') ?? '', /^is without --/)
  })
})
