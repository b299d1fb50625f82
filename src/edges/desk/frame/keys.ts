import type { Deed } from '#core/desk/deeds.ts'
import { html, type Html } from '#edges/pages/frame/html.ts'

/**
 * Every act at the desk is two keys away: the browser's own for access keys, and a letter that
 * stands beside it. No letter stands for two things on one page.
 */
const KEYS = {
  home: 'h',
  cases: 'c',
  'call-backs': 'd',
  // No role sees both.
  orders: 'q',
  documents: 'q',
  audit: 'a',
  staff: 's',
  passkeys: 'k',

  /** The main act of a page: open, verify, touch, ask. */
  go: 'v',
  close: 'x',
  refuse: 'x',
  note: 'n',
  connectivity: 'y',
  /** To what is on record of the client, and back to the case. */
  record: 'e',
  case: 'e',
  /** To the queue, from a case. */
  later: 'f',
  /** In the queue, of the client whom this member calls. */
  done: 'x',
  'put-back': 'r',

  phone: 'p',
  page: 'w',
  response: 'r',
  mutual: '9',
  'call-back': 'b',

  hurry: '1',
  important: '2',
  'another-number': '3',

  email: '5',
  mobile: '6',
  postal: '7',
} as const

/** Those of the deeds, on the page of a case. */
const DEED_KEYS: Readonly<Record<Deed, string>> = {
  'block-device': 'l',
  'end-sessions': 'o',
  'end-passcode': 'j',
  freeze: 'z',
  'unlock-name': 'u',
  'tell-user-name': 't',
  'issue-passcode': 'i',
  'release-passcode': 'g',
  'replace-device': 'm',
  'reset-password': '4',
  // By its field.
  unmask: '8',
}

/** The attribute that gives an act its letter. */
export const keyed = (act: keyof typeof KEYS): Html => html` accesskey="${KEYS[act]}"`

export const keyedDeed = (deed: Deed): Html => html` accesskey="${DEED_KEYS[deed]}"`
