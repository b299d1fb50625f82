import { Mark } from '../layout/icons.tsx'
import { Heading } from '../layout/page.tsx'
import { t } from '../words/words.ts'

/** Why the app cannot work here, where it can keep or make no key. */
export function Shut({ because }: { readonly because: 'insecure' | 'failed' }) {
  return (
    <>
      <header class="bar split">
        <span class="brand">
          <Mark />
          {t('app')}
        </span>
      </header>
      <main id="main">
        <div class="stack">
          <Heading>{t(`${because}.title`)}</Heading>
          <p class="lead">{t(`${because}.text`)}</p>
        </div>
      </main>
    </>
  )
}
