import { usePhone } from '../../context.ts'
import { Icon } from '../../layout/icons.tsx'
import { Call, Heading } from '../../layout/page.tsx'
import { language, t } from '../../words/words.ts'

/** What helps when there is no connection to a help centre. */
export function Help() {
  const { installation, changeLanguage } = usePhone()
  const { help } = installation
  const other = language() === 'en' ? 'fr' : 'en'
  const places = [
    ['#articles', 'list', t('help.articles')],
    ['#notifications', 'info', t('help.notifications')],
    ['#check', 'check', t('check.title')],
    ['#new-pin', 'key', t('newPin.title')],
    ['#pin', 'help', t('help.pin')],
    ['#keys', 'phone', t('help.keys')],
  ] as const
  return (
    <>
      <Heading>{t('help.title')}</Heading>
      <ul class="picker" role="list">
        {places.map(([address, icon, title]) => (
          <li key={address}>
            <a href={address}>
              <Icon name={icon} />
              <strong>{title}</strong>
              <Icon name="next" />
            </a>
          </li>
        ))}
      </ul>
      <section class="stack">
        <h2>{t('help.nothing')}</h2>
        <ol class="steps" role="list">
          <li>{t('help.nothing1')}</li>
          <li>{t('help.nothing2')}</li>
          <li>{t('help.nothing3')}</li>
        </ol>
      </section>
      <section class="stack">
        <h2>{t('help.code')}</h2>
        <p>{t('help.code1')}</p>
        <p>{t('help.code2')}</p>
      </section>
      <section class="stack">
        <h2>{t('help.lost')}</h2>
        <p>
          <Call sentence={t('help.lost1', { help })} help={help} />
        </p>
      </section>
      <Numbers lines={installation.helpLines} />
      <section class="section stack">
        <h2>{t('help.language')}</h2>
        <p>
          <button
            type="button"
            class="link"
            lang={other}
            onClick={() => void changeLanguage(other)}
          >
            {t('language')}
          </button>
        </p>
      </section>
    </>
  )
}

/** The numbers of the desk by country, in the order of their names: also without a connection. */
function Numbers({ lines }: { readonly lines: Readonly<Record<string, string>> }) {
  const names = new Intl.DisplayNames(language(), { type: 'region' })
  const rows = Object.entries(lines)
    .map(([country, number]) => ({ name: names.of(country) ?? country, number }))
    .toSorted((one, other) => one.name.localeCompare(other.name, language()))
  if (rows.length === 0) return null
  return (
    <section class="stack">
      <h2>{t('help.numbers')}</h2>
      <dl class="facts tight">
        {rows.map(({ name, number }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Call sentence={number} help={number} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** A forgotten PIN cannot be read back (R076): what is left, and what not to do. */
export function Forgotten() {
  const { help } = usePhone().installation
  return (
    <>
      <div class="stack">
        <Heading>{t('forgot.title')}</Heading>
        <p class="lead">{t('forgot.text')}</p>
        <p>{t('forgot.way')}</p>
        <p>
          <Call sentence={t('forgot.call', { help })} help={help} />
        </p>
        <p class="quiet">{t('forgot.limit')}</p>
      </div>
      <a class="button push" href="#setup">
        {t('forgot.setUp')}
      </a>
    </>
  )
}
