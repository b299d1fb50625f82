import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test, type TestContext } from 'node:test'
import { withdrawalLimits, Withdrawals } from '#config/limits/withdrawals.ts'
import { LANGUAGES, type Language } from '#core/subscribers/account.ts'
import { type Guide, GUIDES } from '#edges/pages/help/guides.ts'
import type { WorldSettings } from '#engine/world.ts'
import { openDoor, visitor } from '../../../../test/support/server/door.ts'
import { MAIL_INTAKE } from '../../../../test/support/server/world.ts'

const sourceOf = (language: Language, guide: Guide): string =>
  readFileSync(`help/${language}/${guide}.md`, 'utf8')

/** The articles of a door, as a client reads them. */
async function reader(t: TestContext, settings: Partial<WorldSettings> = {}) {
  const browser = visitor(await openDoor(t, { settings }))
  return async (guide: Guide, language: Language): Promise<string> => {
    const { words } = await browser.open(`/help/${guide}?language=${language}`)
    return words.replaceAll(/\s+/g, ' ')
  }
}

suite('An article in both languages', () => {
  /** What both have to have alike: steps, points, pictures, links, figures. */
  const shapeOf = (source: string) => ({
    headings: [...source.matchAll(/^## /gm)].length,
    steps: [...source.matchAll(/^\d+\. /gm)].length,
    points: [...source.matchAll(/^- /gm)].length,
    pictures: [...source.matchAll(/^ *!\[/gm)].length,
    rows: [...source.matchAll(/^ *\|/gm)].length,
    notes: [...source.matchAll(/^> \[!(\w+)\]/gm)].map(([, kind]) => kind),
    links: [...source.matchAll(/(?<!!)\[[^\]]+\]\(([^)]+)\)/g)]
      .map(([, target = '']) => target.replace(/^#.*/, '#'))
      .toSorted(),
    filled: [...source.matchAll(/\{\{[^}]+\}\}/g)].map(([name]) => name).toSorted(),
  })

  test('R016 R170 has the same steps, points, rows, notes, pictures, links, figures', () => {
    for (const guide of GUIDES)
      assert.deepEqual(shapeOf(sourceOf('fr', guide)), shapeOf(sourceOf('en', guide)), guide)
  })
})

suite('Documents in the help', () => {
  test('R141 R142 R143 name the mailboxes and the subject that the broker has set', async (t) => {
    const mailIntake = {
      ...MAIL_INTAKE,
      mailboxes: {
        european: { address: 'here@example.com', language: 'en' },
        other: { address: 'there@example.com', language: 'fr' },
      },
      accountNumber: 'K-###',
    } as const
    const read = await reader(t, { mailIntake })
    const english = await read('documents', 'en')
    assert.match(english, /live in Europe\? Write to here@example\.com/)
    assert.match(english, /elsewhere\? Write to there@example\.com/)
    assert.match(english, /PoRes for your address, or PID .* An example: K-123 PoRes/)
    assert.match(await read('documents', 'fr'), /habitez en Europe\s\? Écrivez à here@example/)
    const off = await reader(t, { mailIntake: { ...mailIntake, isOpen: false } })
    assert.match(await off('documents', 'en'), /We take no documents by mail\./)
    assert.doesNotMatch(await off('documents', 'en'), /here@example/)
  })
})

suite('A figure in the help', () => {
  const orders = {
    equityUsd: 750_001,
    fees: { 'security-card': 37 },
    returnDays: 34,
    warrantyDays: 451,
    delivery: { days: { US: 5, FR: 6 }, elsewhere: 9 },
    activation: { days: { US: 17 }, elsewhere: 33 },
    lateDays: 5,
    lowStock: 10,
  }
  const withdrawals = withdrawalLimits(
    Withdrawals.parse({
      limits: {
        none: { perDayUsd: 11, per5DaysUsd: 12 },
        text: { perDayUsd: 21, per5DaysUsd: 22 },
        codeCard: { perDayUsd: 31, per5DaysUsd: 32 },
        phone: { perDayUsd: 41, per5DaysUsd: 42 },
      },
    }),
  )

  test('R111 R112 R117 R119 R121 is the one that the broker has set', async (t) => {
    const read = await reader(t, { orders, withdrawals })
    const said: readonly (readonly [Guide, RegExp, RegExp])[] = [
      ['fees', /deposit of USD 37 /, /caution de USD 37 /],
      ['fees', /not here within 34 days/, /pas sous 34 jours/],
      ['fees', /by itself within 451 days/, /en panne sous 451 jours/],
      ['fees', /clients with USD 750,001 or more/, /ont USD 750 001 ou plus/],
      ['security-card', /USD 750,001 or more/, /USD 750 001 ou plus/],
      [
        'replacement',
        /United States: 5 days, France: 6 days, elsewhere: 9 days/,
        /États-Unis : 5 jours, France : 6 jours, ailleurs : 9 jours/,
      ],
      [
        'replacement',
        /United States: 17 days, elsewhere: 33 days/,
        /États-Unis : 17 jours, ailleurs : 33 jours/,
      ],
      ['devices', /temporary passcode USD 11 USD 12/, /temporaire USD 11 USD 12/],
      ['devices', /Text or call USD 21 USD 22/, /SMS ou appel USD 21 USD 22/],
      ['devices', /Code card USD 31 USD 32/, /Carte de codes USD 31 USD 32/],
      ['devices', /authenticator app USD 41 USD 42/, /d’authentification USD 41 USD 42/],
      ['devices', /passkey no limit no limit/, /clé d’accès sans limite sans limite/],
      ['texts', /limit is USD 21 a day/, /plafond est de USD 21 par jour/],
      [
        'opt-out',
        /USD 11 a day and USD 12 in five days/,
        /USD 11 par jour et USD 12 en cinq jours/,
      ],
    ]
    for (const [guide, en, fr] of said) {
      assert.match(await read(guide, 'en'), en)
      assert.match(await read(guide, 'fr'), fr)
    }
  })

  test('is the one that the rules go by', async (t) => {
    const read = await reader(t)
    const said: readonly (readonly [Guide, RegExp, RegExp])[] = [
      ['passcode', /access for 2 days, .*valid for 21 days/, /pendant 2 jours, .*valable 21 jours/],
      [
        'passcode',
        /For 10 days more .* After 12 days in all/,
        /10 jours de plus.* 12 jours en tout/,
      ],
      ['no-text', /wait 2 minutes and choose Send me a new text/, /attendez 2 minutes et/],
      ['texts', /new one every 2 minutes/, /toutes les 2 minutes/],
      ['new-phone', /waits 12 hours, sometimes 72 hours/, /12 heures, parfois 72 heures/],
      ['pin', /4 to 6 letters or digits, with at least one digit/, /4 à 6 lettres ou chiffres/],
      ['security-card', /after 3 to 5 business days/, /après 3 à 5 jours ouvrés/],
    ]
    for (const [guide, en, fr] of said) {
      assert.match(await read(guide, 'en'), en)
      assert.match(await read(guide, 'fr'), fr)
    }
  })
})

suite('The help for notifications', () => {
  const CHECKS = 9

  test('R044 leads through nine checks, each with a way to skip to the next', async (t) => {
    const browser = visitor(await openDoor(t))
    for (const language of LANGUAGES) {
      const { html } = await browser.open(`/help/no-notification?language=${language}`)
      const checks = [...html.matchAll(/<h2 id="((\d)-[^"]+)">\2\. /g)].map(([, id]) => id)
      assert.equal(checks.length, CHECKS, language)
      const sections = html.split(/<h2 id="/).slice(1)
      for (const [index, next] of checks.slice(1).entries()) {
        const section = sections.find((one) => one.startsWith(`${index + 1}-`)) ?? ''
        assert.ok(section.includes(`href="#${next}"`), `${language}: check ${index + 1}`)
      }
    }
  })

  test('R044 R047 R048 names switch, list, flight mode, focus, permission, power, network', async (t) => {
    const read = await reader(t)
    const [en, fr] = [await read('no-notification', 'en'), await read('no-notification', 'fr')]
    for (const words of [
      /Under Settings, Notifications must be on/,
      /Requests shows all that waits/,
      /Flight mode .* cuts the phone off.* “Do Not Disturb” hides messages/,
      /“Focus”.* “Allowed Notifications”, tap “Apps”.* Do the same for each other mode/,
      /“Digital Wellbeing & parental controls”, then “Focus mode”.*“Your distracting apps”, untick/,
      /Notifications are not allowed\. Allow them by hand/,
      /yellow battery means that “Low Power Mode” is on/,
      /plus sign, or the bars are orange.*“Battery saver”/,
      /search for any word/,
      /Do not confirm logins with it/,
    ])
      assert.match(en, words)
    for (const words of [
      /les Notifications doivent être activées/,
      /Demandes montre tout ce qui attend/,
      /Le mode avion coupe .*« Ne pas déranger » cache/,
      /« Concentration ».* « Notifications autorisées », touchez « Apps ».* chaque autre mode/,
      /« Bien-être numérique et contrôle parental », puis « Mode Concentration »/,
      /batterie jaune signale le « Mode économie d’énergie »/,
      /« Économiseur de batterie »/,
      /cherchez un mot/,
    ])
      assert.match(fr, words)
  })

  test('R039 tells the login that brings phone and server in step, in nine steps', async (t) => {
    const browser = visitor(await openDoor(t))
    for (const language of LANGUAGES) {
      const { html } = await browser.open(`/help/no-notification?language=${language}`)
      const [, last = ''] = html.split(/<h2 id="9-/)
      const [steps = ''] = last.split('</ol>')
      assert.equal([...steps.matchAll(/<li>/g)].length, 9, language)
      assert.match(steps, language === 'en' ? /Log out and log in again/ : /Déconnectez-vous, puis/)
    }
  })

  test('R040 names what one needs: the app, set up, and the Internet', async (t) => {
    const read = await reader(t)
    inOrder(await read('notifications', 'en'), [
      'is installed on the phone and set up for your user name',
      'Wi-Fi, or the mobile network (EDGE, 3G, 4G, LTE or 5G)',
    ])
    inOrder(await read('notifications', 'fr'), [
      'est installé sur le téléphone et configuré pour votre nom d’utilisateur',
      'Wi-Fi, ou par le réseau mobile (EDGE, 3G, 4G, LTE ou 5G)',
    ])
  })

  test('R045 sets an iPhone: allowed, three places, banners that stay, badges, previews', async (t) => {
    const read = await reader(t)
    inOrder(await read('notifications', 'en'), [
      'Turn on “Allow Notifications”',
      '“Lock Screen”, “Notification Centre” and “Banners”',
      'Under “Banner Style”, choose “Persistent”',
      'Turn on “Badges”',
      'Under “Show Previews”, choose “Always”',
    ])
    inOrder(await read('notifications', 'fr'), [
      'Activez « Autoriser les notifications »',
      '« Écran verrouillé », « Centre de notifications » et « Bannières »',
      'Sous « Style de bannière », choisissez « Persistant »',
      'Activez « Pastilles »',
      'Sous « Afficher les aperçus », choisissez « Toujours »',
    ])
  })

  test('R046 sets an Android phone: on, dots, interruptions, lock screen, at night if wished', async (t) => {
    const read = await reader(t)
    inOrder(await read('notifications', 'en'), [
      'it is called “Sound & notification”',
      'turn them on',
      'Turn on “Allow notification dots”',
      'Turn on “Allow interruptions”',
      '“On the lock screen”',
      'If you like, turn on “Override Do Not Disturb”',
    ])
    inOrder(await read('notifications', 'fr'), [
      'le nom est « Sons et notifications »',
      'activez-les',
      'Activez « Autoriser les pastilles de notification »',
      'Activez « Autoriser les interruptions »',
      '« Sur l’écran de verrouillage »',
      'Si vous voulez, activez « Ignorer Ne pas déranger »',
    ])
  })
})

suite('The help for texts and the app', () => {
  test('R088 R166 has four points for a text, and whom to ask in three countries', async (t) => {
    const browser = visitor(await openDoor(t))
    for (const language of LANGUAGES) {
      const { html } = await browser.open(`/help/no-text?language=${language}`)
      const points = [...html.matchAll(/<h2 id="(\d)-/g)].map(([, number]) => Number(number))
      assert.deepEqual(points, [1, 2, 3, 4], language)
    }
    const read = await reader(t)
    for (const [words, language] of [
      [/United States: dial 611 .*India: dial 198 .*1909 .*China: .*10086.*10010.*10000/, 'en'],
      [/États-Unis : composez le 611 .*Inde : composez le 198 .*1909 .*10086.*10010.*10000/, 'fr'],
    ] as const)
      assert.match(await read('no-text', language), words)
  })

  test('R077 resets the app in eight steps, in seven up to Android 5, then the desk helps', async (t) => {
    const browser = visitor(await openDoor(t))
    for (const language of LANGUAGES) {
      const { html, words } = await browser.open(`/help/reset-app?language=${language}`)
      const lists = [...html.matchAll(/<ol class="steps" role="list">([^]*?)<\/ol>/g)]
      const counts = lists.map(([, list = '']) => [...list.matchAll(/<li>/g)].length)
      assert.deepEqual(counts, [8, 7], language)
      assert.match(words, language === 'en' ? /If that changes nothing, call us/ : /appelez-nous\./)
    }
  })

  test('R140 photographs a document in eight steps for each kind of phone, and sends it', async (t) => {
    const browser = visitor(await openDoor(t))
    for (const language of LANGUAGES) {
      const { html } = await browser.open(`/help/documents?language=${language}`)
      const lists = [...html.matchAll(/<ol class="steps" role="list">([^]*?)<\/ol>/g)]
      const counts = lists.map(([, list = '']) => [...list.matchAll(/<li>/g)].length)
      assert.deepEqual(counts, [8, 8], language)
    }
    const read = await reader(t)
    inOrder(await read('documents', 'en'), [
      'change to the rear camera',
      'Keep the whole page in the picture',
      'Use even light, without shadow. Hold the phone still',
      'If you cannot, take the photo again',
      'Documents and Send a document',
      'Up to 10 photos at once and 25 MB together',
    ])
    inOrder(await read('documents', 'fr'), [
      'passez à l’appareil arrière',
      'Gardez toute la page',
      'lumière régulière, sans ombre. Tenez le téléphone immobile',
      'Sinon, reprenez la photo',
      'Documents et Envoyer un document',
      'Jusqu’à 10 photos à la fois et 25 Mo au total',
    ])
  })

  test('R128 R129 tells the dates and paragraphs of the rules of Hong Kong and India', async (t) => {
    const read = await reader(t)
    inOrder(await read('rules', 'en'), [
      'On 27 October 2017',
      'Paragraph 1.1 asks',
      '(HKMA) issued a circular on the same day',
      'due by 27 April 2018',
      'due by 27 July 2018',
      'On 25 March 2014',
      'Regulation 3b asks',
      'A circular of 14 June 2022 asks for it at every login',
    ])
    inOrder(await read('rules', 'fr'), [
      'Le 27 octobre 2017',
      'Le paragraphe 1.1 exige',
      'Le même jour, la Hong Kong Monetary Authority (HKMA)',
      'le 27 avril 2018',
      'le 27 juillet 2018',
      'Le 25 mars 2014',
      'Sa règle 3b exige',
      'Une circulaire du 14 juin 2022 la demande à chaque connexion',
    ])
  })
})

/** Each is said, after the one before it. */
function inOrder(words: string, parts: readonly string[]): void {
  let at = 0
  for (const part of parts) {
    const found = words.indexOf(part, at)
    assert.ok(found >= 0, `not said, or too early: ${part}`)
    at = found + part.length
  }
}
