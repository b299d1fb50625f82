import { useCamera } from '../../context.ts'
import { Icon } from '../../layout/icons.tsx'
import { Heading } from '../../layout/page.tsx'
import { t } from '../../words/words.ts'
import { HomeScreenFirst, NEW_PHONE } from './new-phone.tsx'

/**
 * No key on this phone: never had one, or the browser's storage was cleared. The way on is the
 * same.
 */
export function None() {
  const camera = useCamera()
  return (
    <>
      <div class="stack">
        <Heading>{t('none.title')}</Heading>
        <p class="lead">{t('none.lead')}</p>
      </div>
      <HomeScreenFirst />
      <ul class="picker" role="list">
        <li>
          <a href="#setup">
            <Icon name="phone" />
            <span>
              <strong>{t('none.setUp')}</strong>
              <br />
              <span class="quiet small">{t(camera ? 'none.setUpHint' : 'none.setUpTyped')}</span>
            </span>
            <Icon name="next" />
          </a>
        </li>
        <li>
          <a href={NEW_PHONE}>
            <Icon name="key" />
            <span>
              <strong>{t('none.newPhone')}</strong>
              <br />
              <span class="quiet small">{t('none.newPhoneHint')}</span>
            </span>
            <Icon name="next" />
          </a>
        </li>
      </ul>
      <p class="quiet">{t('none.again')}</p>
      <p class="push quiet small">{t('none.stays')}</p>
    </>
  )
}
