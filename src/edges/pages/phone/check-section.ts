import { examine, type Finding, findingsOf, type PhoneTest } from '#core/delivery/phone-check.ts'
import type { Instant } from '#core/time/time.ts'
import type { PhoneStanding } from '#engine/delivery/phone-check.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { fact, notice, pressForm } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** What stops notifications, in the words of the phone: one sentence, and one next step. */
export function findingList(
  { texts: { text } }: Pick<PageContext, 'texts'>,
  findings: readonly Finding[],
): Html {
  const items = findings.map(
    (one) => html`<li><strong>${text(`phone.check.finding.${one}.said`)}</strong>
${text(`phone.check.finding.${one}.next`)}</li>
`,
  )
  return html`<ul class="stack" role="list">${items}</ul>`
}

/** What the server alone knows of the notifications of a phone, on the page of that device. */
export function checkSection(
  context: PageContext,
  standing: PhoneStanding,
  device: DevicePage,
): Html {
  const { texts, formats, site } = context
  const { text } = texts
  const { facts, seenAt, test, examination } = standing
  const moment = (at: Instant): string => formats.moment(at, site.now())
  const findings = findingsOf(facts)
  const isKnown = seenAt !== null && examine(facts).length > 0
  const found = findings.length > 0 ? findingList(context, findings) : NOTHING
  const well = notice('ok', text('portal.device.check.well'))
  const said = isKnown && findings.length === 0 ? well : found
  const silent = html`<p>${text('portal.device.check.none')}</p>`
  const seen = seenAt === null ? NOTHING : fact(text('portal.device.check.seen'), moment(seenAt))
  const allowed =
    facts.permission === null || facts.permission === 'none' || facts.permission === 'home-screen'
      ? NOTHING
      : fact(
          text('portal.device.check.allowed'),
          text(`portal.device.check.permission.${facts.permission}`),
        )
  const shown = examination
    ? fact(text('portal.device.check.shared'), moment(examination.at))
    : NOTHING
  return html`<section class="section stack" id="notifications">
<h2>${text('portal.device.check.title')}</h2>
${seenAt === null ? silent : said}
<dl class="facts tight">${seen}
${allowed}${test ? lastTest(context, test) : NOTHING}${shown}</dl>
${testing(context, standing, device)}
<p>${text('portal.device.check.more')}</p></section>
`
}

interface DevicePage {
  readonly address: string
  readonly token: string
  /** One that was stopped is not rung. */
  readonly isActive: boolean
}

/** A phone that can be reached is tried from here, and followed by loading the page again. */
function testing(
  { texts: { text } }: PageContext,
  { facts }: PhoneStanding,
  { address, token, isActive }: DevicePage,
): Html {
  const { subscription, test } = facts
  if (test !== null && !test.isOver && test.taken === 'taken' && test.openedAt === null)
    return html`<p>${text('portal.device.check.on-its-way')}
<a href="${address}">${text('portal.device.check.look-again')}</a></p>
`
  if (subscription !== 'same' || !isActive) return NOTHING
  const words = text('portal.device.check.test')
  return pressForm({ action: `${address}/test`, token, look: 'button plain', words })
}

/** How far the last test came, and when. */
function lastTest({ texts: { text }, formats, site }: PageContext, test: PhoneTest): Html {
  const { sentAt, taken, takenAt, receivedAt, shownAt, openedAt } = test
  const [stage, at]: readonly ['opened' | 'shown' | 'received' | 'taken' | 'sent', Instant] =
    openedAt !== null
      ? ['opened', openedAt]
      : shownAt !== null
        ? ['shown', shownAt]
        : receivedAt !== null
          ? ['received', receivedAt]
          : taken === 'taken' && takenAt !== null
            ? ['taken', takenAt]
            : ['sent', sentAt]
  const far = text(`portal.device.check.stage.${stage}`)
  return fact(text('portal.device.check.tested'), `${formats.moment(at, site.now())}, ${far}`)
}
