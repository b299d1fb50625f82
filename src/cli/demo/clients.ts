import type { DemoCard } from '#cli/demo/cards.ts'
import type { TypedFacts } from '#core/subscribers/identity.ts'
import type { Language } from '#core/subscribers/account.ts'
import { hours, type Millis, minutes } from '#core/time/time.ts'
import type { NewAccount } from '#engine/subscribers/subscribers.ts'

/**
 * One of the fictitious clients of Example Brokerage. What there is to try with them stands in
 * `locales/` under `demo.story.<user name>`.
 */
export interface Part {
  readonly userName: string
  readonly fullName: string
  readonly password: string
  readonly language: Language
  /** Their handset in the simulators; numbers that are never assigned. @see NANP, 555-01XX */
  readonly telephone: string
  readonly accounts: readonly NewAccount[]
  /** Whose account they use, having none of their own. */
  readonly uses?: { readonly userName: string; readonly name: string }
  /** Approved today, after the cut-off. */
  readonly isLate?: boolean
  readonly card?: DemoCard
  /** Where letters go. */
  readonly address?: string
  /** It was put into the post yesterday. */
  readonly posted?: DemoCard
  /** It was put into the post a week ago, and the carrier says that it is lost. */
  readonly lostInPost?: DemoCard
  /** Under whose user name the card is that they use too: both are one person's (R120). */
  readonly sharesCardOf?: string
  /** What is on record of them: their papers, by which two user names are one person's (R120). */
  readonly identity?: TypedFacts
  /** Confirms by text or call: the number is proven before the demo starts. */
  readonly byText?: boolean
  /** Their mail address is proven as well. */
  readonly provesMail?: boolean
  /** A year of statements waits in the portal. */
  readonly hasStatements?: boolean
  /** What they called the phone that was set up weeks ago, and that is gone. */
  readonly oldPhone?: string
  /** Wrong passwords typed by strangers before the demo starts. */
  readonly wrongPasswords?: number
  /** Devices of the past, which no longer answer. */
  readonly lost?: readonly { readonly method: string; readonly label: string }[]
  /**
   * They have yet to call: their number was proven weeks ago, and there is a computer that they
   * have used before.
   */
  readonly calls?: boolean
  /** They have called, and were told a passcode so long ago. */
  readonly passcode?: { readonly age: Millis }
}

const live = (number: string, changes: Partial<NewAccount> = {}): NewAccount => ({
  number,
  environment: 'live',
  status: 'open',
  ...changes,
})

/** Made up, as she is: the same papers under each of her user names. */
const WANDA: TypedFacts = {
  birthDate: '1980-02-29',
  citizenship: 'US',
  documents: [{ type: 'passport', number: 'X0000000' }],
}

/**
 * None of these clients exists: names, numbers and passwords are made up, and of no use
 * anywhere else.
 */
export const DEMO_CLIENTS: readonly Part[] = [
  {
    userName: 'demo-anna',
    fullName: 'Anna Example',
    password: 'correct horse battery',
    language: 'en',
    telephone: '+12025550142',
    accounts: [live('U0000001')],
  },
  {
    userName: 'demo-anna-paper',
    fullName: 'Anna Example',
    password: 'paper boats and planes',
    language: 'en',
    telephone: '+12025550142',
    accounts: [{ number: 'DU000001', environment: 'paper', status: 'open' }],
  },
  {
    userName: 'demo-benoit',
    fullName: 'Benoît Exemple',
    password: 'un deux trois soleil',
    language: 'fr',
    telephone: '+12025550117',
    accounts: [live('U0000002')],
  },
  {
    userName: 'demo-chloe',
    fullName: 'Chloe Example',
    password: 'nine lives of a cat',
    language: 'en',
    telephone: '+12025550163',
    accounts: [live('U0000003'), { number: 'DU000003', environment: 'paper', status: 'open' }],
    card: { serial: 'EX-00418-7731', pin: '2580' },
    hasStatements: true,
  },
  {
    userName: 'demo-felix',
    fullName: 'Félix Exemple',
    password: 'la plume de ma tante',
    language: 'fr',
    telephone: '+12025550174',
    accounts: [live('U0000010')],
    card: { serial: 'EX-00418-7732', pin: '7193' },
    hasStatements: true,
  },
  {
    userName: 'demo-lena',
    fullName: 'Lena Example',
    password: 'a letter takes too long',
    language: 'en',
    telephone: '+12025550153',
    accounts: [live('U0000013')],
    byText: true,
  },
  {
    userName: 'demo-marc',
    fullName: 'Marc Exemple',
    password: 'allô allô qui est là',
    language: 'fr',
    telephone: '+12025550154',
    accounts: [live('U0000014')],
    byText: true,
  },
  {
    userName: 'demo-dmitri',
    fullName: 'Dmitri Example',
    password: 'locked out by strangers',
    language: 'en',
    telephone: '+12025550128',
    accounts: [live('U0000004')],
    wrongPasswords: 50,
  },
  {
    userName: 'demo-emil',
    fullName: 'Emil Example',
    password: 'still waiting for a letter',
    language: 'en',
    telephone: '+12025550146',
    address: 'Emil Example\n5 Made-up Lane\nSpringfield',
    accounts: [live('U0000005', { status: 'applied' })],
  },
  {
    userName: 'demo-farah',
    fullName: 'Farah Example',
    password: 'half past five sharp',
    language: 'en',
    telephone: '+12025550147',
    accounts: [live('U0000006', { status: 'approved' })],
    isLate: true,
  },
  {
    userName: 'demo-goran',
    fullName: 'Goran Example',
    password: 'closed for the season',
    language: 'en',
    telephone: '+12025550148',
    accounts: [live('U0000007', { status: 'closed-by-client' })],
    hasStatements: true,
  },
  {
    userName: 'demo-gaelle',
    fullName: 'Gaëlle Exemple',
    password: 'la clef est sous la porte',
    language: 'fr',
    telephone: '+12025550162',
    accounts: [live('U0000020', { status: 'closed-by-client' })],
    hasStatements: true,
  },
  {
    userName: 'demo-hana',
    fullName: 'Hana Example',
    password: 'ferry across the harbour',
    language: 'en',
    telephone: '+12025550149',
    accounts: [live('U0000008', { residence: 'HK' })],
    byText: true,
  },
  {
    userName: 'demo-ines',
    fullName: 'Ines Example',
    password: 'one lock is enough for me',
    language: 'en',
    telephone: '+12025550150',
    accounts: [live('U0000009', { optedOut: true })],
  },
  {
    userName: 'demo-irene',
    fullName: 'Irene Example',
    password: 'a letter in a bottle',
    language: 'en',
    telephone: '+12025550164',
    accounts: [live('U0000021')],
    lost: [{ method: 'phone-key', label: 'Irene’s phone' }],
    passcode: { age: minutes(5) },
  },
  {
    userName: 'demo-jonah',
    fullName: 'Jonah Example',
    password: 'down to the sea in ships',
    language: 'en',
    telephone: '+12025550151',
    accounts: [live('U0000012')],
    oldPhone: 'Jonah’s phone',
    calls: true,
  },
  {
    userName: 'demo-karim',
    fullName: 'Karim Exemple',
    password: 'the day after tomorrow',
    language: 'fr',
    telephone: '+12025550152',
    accounts: [live('U0000011')],
    lost: [{ method: 'phone-key', label: 'Téléphone de Karim' }],
    passcode: { age: hours(60) },
  },
  {
    userName: 'demo-nora',
    fullName: 'Nora Example',
    password: 'more than enough of it',
    language: 'en',
    telephone: '+12025550156',
    accounts: [live('U0000015', { residence: 'US', equityUsd: 2_500_000 })],
    address: 'Nora Example\n17 Invented Street\nSpringfield',
    card: { serial: 'EX-00418-7733', pin: '4826' },
  },
  {
    userName: 'demo-omar',
    fullName: 'Omar Example',
    password: 'the postman rings twice',
    language: 'en',
    telephone: '+12025550157',
    accounts: [live('U0000016', { residence: 'US', equityUsd: 1_200_000 })],
    address: 'Omar Example\n4 Imaginary Square\nSpringfield',
    lost: [{ method: 'phone-key', label: 'Omar’s phone' }],
    posted: { serial: 'EX-00418-7734', pin: '3957' },
  },
  {
    userName: 'demo-paula',
    fullName: 'Paula Example',
    password: 'two keys to one safe',
    language: 'en',
    telephone: '+12025550158',
    accounts: [live('U0000017')],
    card: { serial: 'EX-00418-7735', pin: '6402' },
  },
  {
    userName: 'demo-quentin',
    fullName: 'Quentin Example',
    password: 'the other key of the safe',
    language: 'en',
    telephone: '+12025550159',
    accounts: [],
    uses: { userName: 'demo-paula', name: 'Paula Example' },
    card: { serial: 'EX-00418-7736', pin: '5187' },
  },
  {
    userName: 'demo-ruben',
    fullName: 'Ruben Example',
    password: 'a telephone in the soup',
    language: 'en',
    telephone: '+12025550160',
    accounts: [live('U0000018')],
    byText: true,
    oldPhone: 'Ruben’s phone',
  },
  {
    userName: 'demo-sylvie',
    fullName: 'Sylvie Exemple',
    password: 'au clair de la lune',
    language: 'fr',
    telephone: '+12025550161',
    accounts: [live('U0000019')],
    byText: true,
    oldPhone: 'Téléphone de Sylvie',
  },
  {
    userName: 'demo-tara',
    fullName: 'Tara Example',
    password: 'monsoon over the sea',
    language: 'en',
    telephone: '+12025550165',
    accounts: [live('U0000022', { residence: 'IN' })],
    byText: true,
    provesMail: true,
  },
  {
    userName: 'demo-uma',
    fullName: 'Uma Example',
    password: 'only from my own desk',
    language: 'en',
    telephone: '+12025550166',
    // This computer, by both kinds of address, and an office.
    accounts: [
      live('U0000023', { optedOut: true, networks: ['127.0.0.1', '::1', '198.51.100.0/24'] }),
    ],
    byText: true,
  },
  {
    userName: 'demo-vera',
    fullName: 'Vera Example',
    password: 'return to no sender',
    language: 'en',
    telephone: '+12025550167',
    accounts: [live('U0000024', { residence: 'US', equityUsd: 1_800_000 })],
    address: 'Vera Example\n9 Imaginary Road\nSpringfield',
    byText: true,
    lostInPost: { serial: 'EX-00418-7737', pin: '2741' },
  },
  {
    userName: 'demo-wanda',
    fullName: 'Wanda Example',
    password: 'one card and two names',
    language: 'en',
    telephone: '+12025550168',
    accounts: [live('U0000025', { residence: 'US' })],
    identity: WANDA,
    card: { serial: 'EX-00418-7738', pin: '8063' },
  },
  {
    userName: 'demo-wanda-savings',
    fullName: 'Wanda Example',
    password: 'put by for a rainy day',
    language: 'en',
    telephone: '+12025550168',
    accounts: [live('U0000026', { residence: 'US' })],
    identity: WANDA,
    sharesCardOf: 'demo-wanda',
  },
  {
    userName: 'demo-wanda-trust',
    fullName: 'Wanda Example',
    password: 'a third name for one card',
    language: 'en',
    telephone: '+12025550168',
    accounts: [live('U0000027', { residence: 'US' })],
    identity: WANDA,
  },
  {
    userName: 'demo-xenia',
    fullName: 'Xenia Example',
    password: 'between two floorboards',
    language: 'en',
    telephone: '+12025550169',
    accounts: [live('U0000028', { residence: 'US' })],
    address: 'Xenia Example\n5 Pretended Row\nSpringfield',
    card: { serial: 'EX-00418-7739', pin: '1947' },
    passcode: { age: minutes(5) },
  },
]
