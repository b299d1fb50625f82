import { Notice } from '../../layout/page.tsx'
import { isInstalled, isIos } from '../../delivery/push.ts'
import { t } from '../../words/words.ts'

/**
 * Where a phone sets itself up: its holder logs in there, on this phone alone (R061, R070).
 */
export const NEW_PHONE = '/portal/security/enrolments/new?method=phone-key&here=true'

/**
 * An iPhone keeps a key for good on its home screen only, and clears it after seven days anywhere
 * else.
 */
export function HomeScreenFirst() {
  if (!isIos() || isInstalled()) return null
  return (
    <Notice kind="warn">
      <p>
        <strong>{t('setup.ios')}</strong>
      </p>
      <p>{t('setup.iosText')}</p>
    </Notice>
  )
}
