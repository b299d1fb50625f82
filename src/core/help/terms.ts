import type { Language } from '#core/subscribers/account.ts'

/**
 * Words as the search of the help compares them: without accents and plurals, one word for all that
 * mean the same, and nothing for words that tell nothing.
 */
export function termIn(language: Language, word: string): string | null {
  const folded = fold(word)
  if (UNTOLD[language].has(folded)) return null
  const one = singular(folded, language)
  return MEANT[language].get(one) ?? one
}

const fold = (word: string): string =>
  word.toLowerCase().normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('œ', 'oe')

const SHORT = 3

function singular(word: string, language: Language): string {
  if (word.length <= SHORT || word.endsWith('ss')) return word
  return word.replace(language === 'fr' ? /[sx]$/ : /s$/, '')
}

/** The first of each line stands for the others. In the words of clients, not in ours. */
const SAME: Readonly<Record<Language, readonly string[]>> = {
  en: [
    'text sms txt',
    'phone mobile smartphone cellphone handset',
    'authenticator app application',
    'notification push alert popup',
    'login logon signin',
    'lost stolen gone missing misplaced',
    'cost fee price charge pay',
    'step 2fa mfa sfa factor tfa',
    'card dsc dongle keyfob',
    'code otp',
    'photo picture image scan scanner camera',
    'document paper passport bill poa kyc',
    'trip travel holiday vacation journey',
    'new migrate migration transfer replace',
    'offline flight airplane aeroplane plane',
    'firewall port vpn proxy hotel cafe',
    'fingerprint biometric thumb',
    'rule regulation law legal compliance',
    'share joint spouse family',
    'locked blocked suspended',
    'call voice callback landline',
    'password pwd pass',
    'broken damaged defective dead faulty',
    'post mail delivery shipping courier envelope',
    'number figure digit',
    'name username userid',
    'withdrawal withdraw payout wire',
    'statement tax report',
    'reinstall reinstalled again',
    'internet connection wifi network',
    'forgot forgotten forget',
  ],
  fr: [
    'sms texto message',
    'telephone mobile portable smartphone',
    'authenticator application appli app',
    'notification push alerte',
    'connexion connecter login identifier',
    'perdu perdue vole volee disparu egare',
    'cout coute prix tarif frai',
    'etape 2fa mfa facteur authentification',
    'carte dsc boitier',
    'code otp',
    'photo image numeriser scan scanner camera',
    'document justificatif passeport facture kyc',
    'voyage vacance deplacement conge',
    'nouveau nouvelle migrer migration transferer remplacer changer',
    'hors avion offline',
    'pare feu port vpn proxy hotel firewall',
    'empreinte biometrie doigt',
    'regle reglementation loi legal obligation',
    'partager partage joint conjoint famille',
    'verrouille bloque bloquee suspendu',
    'appel vocal vocale rappel',
    'casse cassee abime defectueux panne',
    'courrier poste livraison enveloppe expedition',
    'retrait retirer virement',
    'releve fiscal impot',
    'reinstaller reinstalle reinstallee',
    'internet wifi reseau',
    'oublie oubliee oublier',
  ],
}

const MEANT = {
  en: meaningsOf('en'),
  fr: meaningsOf('fr'),
} as const satisfies Readonly<Record<Language, ReadonlyMap<string, string>>>

function meaningsOf(language: Language): ReadonlyMap<string, string> {
  return new Map(
    SAME[language].flatMap((line) => {
      const [first = '', ...others] = line.split(' ').map((word) => singular(word, language))
      return others.map((word) => [word, first] as const)
    }),
  )
}

const UNTOLD: Readonly<Record<Language, ReadonlySet<string>>> = {
  en: wordsOf([
    'a an and any are as at be been but by can cannot could did do does doesn don for from',
    'get got had has have how i if in is isn it its just me my no not of on or our please so',
    't that the their there this to us was we what when where which who why will with won',
    'would you your',
  ]),
  fr: wordsOf([
    'a ai au aux avec c ce ces cette comment d dans de des du elle en est et faire il ils j',
    'je l la le les leur lui m ma mais me mes mon n ne nous on ou par pas peux peut plus pour',
    'pourquoi qu quand que quel quelle qui s sa sans se ses son sont sur t ta te tes un une',
    'vos votre vous y',
  ]),
}

function wordsOf(lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => line.split(' ')))
}
