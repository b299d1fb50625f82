export const TELEPHONE = 'tel:+12125550100'

/**
 * The eleven situations of the article on failed logins, as a client meets them who knows nothing:
 * from the login page, by the questions behind "I cannot log in".
 */
export interface Situation {
  /** The answers that are chosen, one page after the other. */
  readonly answers: readonly string[]
  readonly button: string
  readonly en: RegExp
  readonly fr: RegExp
}

export const SITUATIONS: Readonly<Record<string, Situation>> = {
  'R150 the account is not approved yet': {
    answers: ['account', 'not-approved'],
    button: '/portal',
    en: /Client Portal is open .* Trading opens when we approve/,
    fr: /portail client est ouvert .* l’approbation de votre compte/,
  },
  'R150 it was approved after the cut-off': {
    answers: ['account', 'approved-late'],
    button: '/portal',
    en: /next business day .* after the daily cut-off/,
    fr: /prochain jour ouvré .* après l’heure limite/,
  },
  'R151 it is closed': {
    answers: ['account', 'closed'],
    button: '/portal/documents',
    en: /statements are still in the Client Portal, with the same user name and password/,
    fr: /relevés restent dans le portail client, avec les mêmes nom d’utilisateur et mot de passe/,
  },
  'R152 it is a paper account': {
    answers: ['account', 'paper'],
    button: '/login',
    en: /Choose Paper on the login page/,
    fr: /Choisissez Simulé sur la page de connexion/,
  },
  'R153 the passcode was typed in small letters': {
    answers: ['step', 'passcode', 'capitals'],
    button: '/login',
    en: /Type it again, in capital letters/,
    fr: /Saisissez-le de nouveau, en majuscules/,
  },
  'R154 codes of a card were typed with a space': {
    answers: ['step', 'code-card', 'card-codes'],
    button: '/login',
    en: /one after the other, without a space/,
    fr: /l’un après l’autre, sans espace/,
  },
  'R155 the password is forgotten': {
    answers: ['password', 'forgotten'],
    button: TELEPHONE,
    en: /on the telephone only, and check first that it is you/,
    fr: /par téléphone seulement, et vérifions d’abord/,
  },
  'R155 the user name is forgotten': {
    answers: ['password', 'forgotten-name'],
    button: TELEPHONE,
    en: /account number: it is on your statements/,
    fr: /numéro de compte : il est sur vos relevés/,
  },
  'R156 there is no Internet': {
    answers: ['page', 'no-internet'],
    button: '/help/no-connection',
    en: /Try another website, then your router, then your provider/,
    fr: /un autre site, puis votre box, puis votre fournisseur/,
  },
  'R157 R158 a firewall or closed ports are in the way': {
    answers: ['page', 'firewall'],
    button: '/connectivity',
    en: /A firewall may block us.* ports 4710 and 4711, for TCP in both directions.* router/,
    fr: /Un pare-feu nous bloque.* ports 4710 et 4711, en TCP dans les deux sens.* routeur/,
  },
  'R159 the device is not at hand': {
    answers: ['device', 'away'],
    button: TELEPHONE,
    en: /temporary passcode\. It opens everything for 2 days\. .* valid for 21 days/,
    fr: /code temporaire\. Il ouvre tout pendant 2 jours\. .* valable 21 jours/,
  },
  'R160 the phone is lost or broken': {
    answers: ['device', 'lost'],
    button: TELEPHONE,
    en: /We block it, and give you temporary access\. .* valid for 21 days/,
    fr: /Nous le bloquons et vous donnons un accès temporaire\. .* valable 21 jours/,
  },
  'R160 R112 the card is lost or broken': {
    answers: ['device', 'card-lost'],
    button: TELEPHONE,
    en: /order another card .* United States: 3 days, elsewhere: 11 days/,
    fr: /une autre carte .* États-Unis : 3 jours, ailleurs : 11 jours/,
  },
  'R161 the passcode has expired': {
    answers: ['step', 'passcode', 'passcode-over'],
    button: TELEPHONE,
    en: /trading for 2 days, and prints a code card for 10 days more\. After that, call us/,
    fr: /trading pendant 2 jours, et imprime .* 10 jours de plus\. Ensuite, appelez-nous/,
  },
  'R162 the code card has expired': {
    answers: ['step', 'code-card', 'card-over'],
    button: TELEPHONE,
    en: /valid for 21 days\. Use your device .* If not, call us/,
    fr: /valable 21 jours\. Utilisez votre appareil .* Sinon, appelez-nous/,
  },
  'R163 the security card is in the post': {
    answers: ['step', 'security-card', 'in-the-post'],
    button: TELEPHONE,
    en: /temporary access until it arrives\. .* United States: 3 days, elsewhere: 11 days/,
    fr: /accès temporaire jusqu’à son arrivée\. .* États-Unis : 3 jours, ailleurs : 11 jours/,
  },
  'R164 the passcode opens no trading any more': {
    answers: ['step', 'passcode', 'prints-only'],
    button: '/portal',
    en: /Print the card .* With it you can trade again, for 21 days/,
    fr: /Imprimez la carte .* de nouveau, pendant 21 jours/,
  },
  'R165 the security card has arrived': {
    answers: ['step', 'security-card', 'arrived'],
    button: '/portal/security',
    en: /activate the card with a response\. .* by itself: United States: 15 days/,
    fr: /activez la carte avec une réponse\. .* d’elle-même : États-Unis : 15 jours/,
  },
}

export const ORDERS = {
  equityUsd: 1,
  fees: {},
  returnDays: 1,
  warrantyDays: 1,
  delivery: { days: { US: 3 }, elsewhere: 11 },
  activation: { days: { US: 15 }, elsewhere: 22 },
  lateDays: 5,
  lowStock: 10,
}
