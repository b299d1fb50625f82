import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * The words after the command, as the name of a file: `Argon2id, not scrypt` is
 * `argon2id-not-scrypt`.
 */
export function nameFromArguments(usage: string): {
  readonly title: string
  readonly name: string
} {
  const title = process.argv.slice(2).join(' ').trim()
  const name = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  if (name === '') refuse(`Usage: ${usage}`)
  return { title, name }
}

/** The number after the last, in four digits, of files that begin with one. */
export function nextNumber(files: readonly string[]): string {
  const taken = files.map((file) => Number(/(\d{4})-[^/]*$/.exec(file)?.[1] ?? 0))
  return String(Math.max(0, ...taken) + 1).padStart(4, '0')
}

/** Writes a new file, and never over an old one. */
export function create(file: string, text: string): void {
  if (existsSync(file)) refuse(`${file} is there already.`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  console.log(`  new      ${file}`)
}

/** Adds a line after the last one that looks like it. */
export function addLine(file: string, { after, line }: { after: RegExp; line: string }): void {
  const lines = readFileSync(file, 'utf8').split('\n')
  const last = lines.findLastIndex((each) => after.test(each))
  if (last < 0) refuse(`${file} has no line like ${after}: add this one by hand:\n${line}`)
  writeFileSync(file, lines.toSpliced(last + 1, 0, line).join('\n'))
  console.log(`  changed  ${file}`)
}

export function refuse(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}
