import { SaxesParser, type SaxesTagNS } from 'saxes'
import { Unreadable } from '#keyfiles/key-file.ts'

/** An element with what stands in it; never the whole document. */
export interface Element {
  readonly namespace: string
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly Element[]
  /** Of the element itself, trimmed. */
  readonly text: string
  readonly line: number
}

/**
 * No document type, so no entities of its own and nothing to be fetched or multiplied; no element
 * deeper or larger than any key needs. @see OWASP, "XML External Entity Prevention"; S106, A18
 */
const DEPTH_MAX = 24
/** Elements in one child of the root. */
const ELEMENTS_MAX = 512
/** Of text and of attributes in one child of the root. */
const TEXT_LENGTH_MAX = 64 * 1024
/** How far the parser may read without an element beginning or ending. */
const SILENCE_LENGTH_MAX = 256 * 1024

interface Growing {
  readonly namespace: string
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: Element[]
  readonly line: number
  text: string
}

export interface Root {
  readonly namespace: string
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
}

export interface ElementReader {
  /** As it was seen so far. */
  root(): Root | null
  line(): number
  /** Reads on. @returns the children of the root that ended in this piece. @throws Unreadable */
  read(piece: string): readonly Element[]
  /** @throws Unreadable when the document is not at its end. */
  end(): void
}

/** Reads a document as its root and then, one by one, the children of the root. */
export function elementReader(): ElementReader {
  const parser = new SaxesParser({ xmlns: true })
  const tree = growing(() => parser.line)
  // Without a handler of its own for errors, saxes throws for whatever is not well-formed.
  parser.on('doctype', () => {
    throw new Unreadable('doctype')
  })
  parser.on('xmldecl', ({ encoding = 'utf-8' }) => {
    if (encoding.toLowerCase() !== 'utf-8') throw new Unreadable('not-utf-8')
  })
  let silence = 0
  parser.on('opentag', (tag) => {
    silence = 0
    tree.opened(tag)
  })
  parser.on('closetag', () => {
    silence = 0
    tree.closed()
  })
  parser.on('text', tree.spoken)
  parser.on('cdata', tree.spoken)
  return {
    root: tree.root,
    line: () => parser.line,
    read(piece) {
      silence += piece.length
      wellFormed(() => parser.write(piece))
      if (silence > SILENCE_LENGTH_MAX) throw new Unreadable('too-large')
      return tree.taken()
    },
    end: () => wellFormed(() => parser.close()),
  }
}

function wellFormed(work: () => void): void {
  try {
    work()
  } catch (error) {
    throw error instanceof Unreadable ? error : new Unreadable('malformed', { cause: error })
  }
}

/** Grows the children of the root, one after the other, and lets go of each when it is taken. */
function growing(line: () => number) {
  const open: Growing[] = []
  let done: Element[] = []
  let root: Root | null = null
  let elements = 0
  let textLength = 0

  const count = (length: number): void => {
    textLength += length
    if (textLength > TEXT_LENGTH_MAX) throw new Unreadable('too-large')
  }
  return {
    root: () => root,
    taken(): readonly Element[] {
      const taken = done
      done = []
      return taken
    },
    opened({ uri: namespace, local: name, attributes: all }: SaxesTagNS): void {
      // Attributes of other namespaces are not read; those without a prefix have none.
      const own = Object.values(all).filter((one) => one.uri === '')
      const attributes = new Map(own.map((one) => [one.local, one.value]))
      if (root === null) {
        root = { namespace, name, attributes }
        return
      }
      count(own.reduce((sum, { value }) => sum + value.length, 0))
      elements += 1
      if (elements > ELEMENTS_MAX || open.length >= DEPTH_MAX) throw new Unreadable('too-large')
      open.push({ namespace, name, attributes, children: [], text: '', line: line() })
    },
    closed(): void {
      const ended = open.pop()
      // The root itself.
      if (!ended) return
      const element: Element = { ...ended, text: ended.text.trim() }
      const parent = open.at(-1)
      if (parent) return void parent.children.push(element)
      done.push(element)
      elements = 0
      textLength = 0
    },
    spoken(text: string): void {
      const speaker = open.at(-1)
      if (!speaker) return
      count(text.length)
      speaker.text += text
    },
  }
}

/**
 * The one child of this name, `null` where there is none. @throws Unreadable when there are
 * several.
 */
export function childOf(element: Element, namespace: string, name: string): Element | null {
  const [first = null, ...more] = childrenOf(element, namespace, name)
  if (more.length > 0) throw new Unreadable('structure')
  return first
}

export function childrenOf(element: Element, namespace: string, name: string): readonly Element[] {
  return element.children.filter((one) => one.namespace === namespace && one.name === name)
}

/** The bytes of a base64 text, folded or not; `null` for anything else. @see RFC 4648, section 4 */
export function base64Of(text: string): Uint8Array | null {
  const letters = text.replaceAll(/[ \t\r\n]/g, '')
  const isBase64 = letters.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(letters)
  return isBase64 && letters.length > 0 ? Buffer.from(letters, 'base64') : null
}
