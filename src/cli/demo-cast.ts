import type { Account, Language } from '#core/account.ts'

/** One of the fictitious clients of Example Brokerage, and what there is to try with them. */
export interface Part {
  readonly userName: string
  readonly password: string
  readonly language: Language
  readonly accounts: readonly Pick<Account, 'number' | 'environment' | 'status'>[]
  /** What to try, one sentence. */
  readonly story: string
  /** Wrong passwords typed by strangers before the curtain rises. */
  readonly wrongPasswords?: number
}

const live = (number: string): Part['accounts'][number] => ({
  number,
  environment: 'live',
  status: 'open',
})

/** Nobody in it exists: names, numbers and passwords are made up, and worth nothing anywhere else. */
export const CAST: readonly Part[] = [
  {
    userName: 'demo-anna',
    password: 'correct horse battery',
    language: 'en',
    accounts: [live('U0000001')],
    story: 'Has no phone key yet: log in to the portal, activate one, then log in to the platform.',
  },
  {
    userName: 'demo-anna-paper',
    password: 'paper boats and planes',
    language: 'en',
    accounts: [{ number: 'DU000001', environment: 'paper', status: 'open' }],
    story:
      'Anna’s simulated account: choose Paper, or see what the page says when you choose Live.',
  },
  {
    userName: 'demo-benoit',
    password: 'un deux trois soleil',
    language: 'fr',
    accounts: [live('U0000002')],
    story: 'Reads French: the same story in the other language.',
  },
  {
    userName: 'demo-chloe',
    password: 'nine lives of a cat',
    language: 'en',
    accounts: [live('U0000003'), { number: 'DU000003', environment: 'paper', status: 'open' }],
    story: 'One user name for both: live or paper, whichever is chosen.',
  },
  {
    userName: 'demo-dmitri',
    password: 'locked out by strangers',
    language: 'en',
    accounts: [live('U0000004')],
    story: 'Strangers have guessed at this name: even the right password has to wait for the desk.',
    wrongPasswords: 50,
  },
]
