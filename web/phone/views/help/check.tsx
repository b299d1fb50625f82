import { useEffect, useRef, useState } from 'preact/hooks'
import {
  examine,
  type Finding,
  findingsOf,
  type PhoneFacts,
  type PhoneTest,
  stopsNotifications,
} from '#core/delivery/phone-check.ts'
import { useBinding, usePhone } from '../../context.ts'
import { factsOf, repair, systemOf } from '../../delivery/examination.ts'
import { Icon } from '../../layout/icons.tsx'
import { announce, Heading, Notice } from '../../layout/page.tsx'
import { isInstalled } from '../../delivery/push.ts'
import { ask, askCheck } from '../../server/server.ts'
import { clockTime } from '../../words/times.ts'
import { language, type Name, t } from '../../words/words.ts'

/** Where the next step of a finding is; what is not here is done outside the app. */
const PLACES: Partial<Record<Finding, string>> = {
  denied: '#notifications',
  'home-screen': '#notifications',
  'switched-off': '/portal/security',
  'requests-wait': '#requests',
}

/** How often a test that is under way is asked for. */
const LOOK_MS = 1_500

/** The checks of notifications, which run by themselves, a test, and what can be put right. */
export function Check() {
  const binding = useBinding()
  const { look, refreshPush } = usePhone()
  const [facts, setFacts] = useState<PhoneFacts | null>(null)
  const [working, setWorking] = useState(false)
  const [repaired, setRepaired] = useState(false)
  const [said, setSaid] = useState<Name | null>(null)
  const isHere = useRef(true)
  useEffect(() => () => void (isHere.current = false), [])

  const run = async (): Promise<PhoneFacts> => {
    const found = await factsOf(binding, await look())
    if (isHere.current) setFacts(found.facts)
    return found.facts
  }
  const whileWorking = async (work: () => Promise<void>) => {
    setWorking(true)
    setRepaired(false)
    setSaid(null)
    await work().finally(() => setWorking(false))
  }
  useEffect(() => void whileWorking(async () => void (await run())), [])

  const mend = async () => {
    if (!facts) return
    if ((await repair(binding, facts)) === 'renewed') {
      const renewed = Promise.withResolvers<void>()
      navigator.serviceWorker.addEventListener('controllerchange', () => renewed.resolve())
      setTimeout(renewed.resolve, LOOK_MS)
      await renewed.promise
      return location.reload()
    }
    await refreshPush()
    await run()
    setRepaired(true)
    announce(t('check.repaired'))
  }
  const send = async () => {
    const sent = await askCheck(binding, 'test')
    if (!sent.ok)
      return setSaid(sent.problem === 'phone.too-many' ? 'check.test.often' : 'check.test.unsent')
    for (let isOver = false; isHere.current && !isOver; ) {
      const { test, connection } = await run()
      isOver = !test || test.isOver || test.taken !== 'taken' || test.openedAt !== null
      if (connection !== 'reached') return
      if (!isOver) await new Promise((again) => setTimeout(again, LOOK_MS))
    }
  }

  if (!facts) {
    return (
      <>
        <Heading>{t('check.title')}</Heading>
        <p class="quiet">{t('check.running')}</p>
      </>
    )
  }
  const isStopped = findingsOf(facts).some(stopsNotifications)
  const again = () => void whileWorking(async () => void (await run()))
  return (
    <>
      <div class="stack">
        <Heading>{t('check.title')}</Heading>
        <p class="lead">{t('check.lead')}</p>
      </div>
      <Outcome facts={facts} />
      <div class="stack">
        <button
          type="button"
          class={isStopped ? 'button' : 'button plain'}
          disabled={working}
          onClick={() => void whileWorking(mend)}
        >
          {t('check.repair')}
        </button>
        <p role="status" class="quiet small">
          {working ? t('check.running') : repaired ? t('check.repaired') : ''}
        </p>
        <p>
          <button type="button" class="link" disabled={working} onClick={again}>
            {t('check.again')}
          </button>
        </p>
      </div>
      <Checks facts={facts} />
      <section class="section stack">
        <h2>{t('check.test.title')}</h2>
        <p>{t('check.test.lead')}</p>
        <p>
          <button
            type="button"
            class="button plain"
            disabled={working}
            onClick={() => void whileWorking(send)}
          >
            {t('check.test.send')}
          </button>
        </p>
        {said && <Notice kind="warn">{t(said)}</Notice>}
        {facts.test && <Stages test={facts.test} />}
      </section>
      <Blind />
      <Share facts={facts} />
    </>
  )
}

/** The finding that explains most, with its next step. */
function Outcome({ facts }: { readonly facts: PhoneFacts }) {
  const findings = findingsOf(facts)
  const [first] = findings
  const isBad = first !== undefined && stopsNotifications(first)
  const text = isBad ? t(`check.finding.${first}.said`) : t(first ? 'check.minor' : 'check.well')
  return (
    <Notice kind={isBad ? 'warn' : 'ok'}>
      <p role="status">
        <strong>{text}</strong>
      </p>
      {isBad && <Next finding={first} />}
    </Notice>
  )
}

function Next({ finding }: { readonly finding: Finding }) {
  const place = PLACES[finding]
  return (
    <p>
      {t(`check.finding.${finding}.next`)}{' '}
      {place !== undefined && <a href={place}>{t('check.open')}</a>}
    </p>
  )
}

function Checks({ facts }: { readonly facts: PhoneFacts }) {
  return (
    <section class="section stack">
      <h2>{t('check.checks')}</h2>
      <ul class="stack checks" role="list">
        {examine(facts).map(({ check, finding }) => (
          <li key={check} class="iconed">
            <Icon name={finding === null ? 'check' : 'warn'} />
            <div>
              <strong>{t(`check.name.${check}`)}</strong>
              <p>
                {finding === null ? t(`check.fine.${check}`) : t(`check.finding.${finding}.said`)}
              </p>
              {finding !== null && <Next finding={finding} />}
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}

const STAGES = [
  ['sent', 'sentAt'],
  ['taken', 'takenAt'],
  ['received', 'receivedAt'],
  ['shown', 'shownAt'],
  ['opened', 'openedAt'],
] as const

/** Each step of the last test with its time, by the server's clock. */
function Stages({ test }: { readonly test: NonNullable<PhoneFacts['test']> }) {
  return (
    <dl class="facts tight">
      {STAGES.map(([stage, at]) => (
        <div key={stage}>
          <dt>{t(`check.test.${stage}`)}</dt>
          <dd>{whenOf(test, stage, test[at]) ?? (test.isOver ? '–' : t('check.test.waiting'))}</dd>
        </div>
      ))}
    </dl>
  )
}

function whenOf(test: PhoneTest, stage: string, at: number | null): string | null {
  if (stage === 'taken' && test.taken !== null && test.taken !== 'taken')
    return t('check.test.failed')
  return at === null ? null : clockTime(at, language())
}

/** What no web app learns (R041, R042, R047, R048): said, so that no check seems to cover it. */
function Blind() {
  const system = systemOf()
  return (
    <section class="section stack">
      <h2>{t('check.blind.title')}</h2>
      <p>{t('check.blind.lead')}</p>
      <ol class="steps" role="list">
        <li>{t('check.blind.list')}</li>
        {(['disturb', 'focus', 'power'] as const).map((what) => (
          <li key={what}>{t(`check.blind.${system}.${what}`)}</li>
        ))}
        <li>{t('check.blind.rooted')}</li>
        {system === 'android' && <li>{t('check.blind.china')}</li>}
      </ol>
    </section>
  )
}

/** The holder decides whether the desk sees it. */
function Share({ facts }: { readonly facts: PhoneFacts }) {
  const binding = useBinding()
  const [outcome, setOutcome] = useState<'done' | 'failed' | null>(null)
  const send = async () => {
    const findings = [...findingsOf(facts)]
    const found = { findings, system: systemOf(), isInstalled: isInstalled() }
    const heard = await ask(binding, { act: 'examined', ...found })
    setOutcome(heard.ok ? 'done' : 'failed')
    announce(t(heard.ok ? 'check.share.done' : 'check.share.failed'))
  }
  return (
    <section class="section stack">
      <h2>{t('check.share.title')}</h2>
      <p>{t('check.share.lead')}</p>
      {outcome === 'done' ? (
        <Notice kind="ok">{t('check.share.done')}</Notice>
      ) : (
        <p>
          <button type="button" class="button plain" onClick={() => void send()}>
            {t('check.share.button')}
          </button>
        </p>
      )}
      {outcome === 'failed' && <Notice kind="warn">{t('check.share.failed')}</Notice>}
    </section>
  )
}
