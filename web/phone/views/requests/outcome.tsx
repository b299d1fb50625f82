import { Call, Heading } from '../../layout/page.tsx'
import { go, usePhone } from '../../context.ts'
import { Icon } from '../../layout/icons.tsx'
import { isApproved, type Outcome, STEPS } from '../../server/outcomes.ts'
import { t } from '../../words/words.ts'

/** What became of an answer, in a sentence, and what comes next. */
export function OutcomePage(props: {
  readonly outcome: Outcome
  readonly onAgain?: () => void
  readonly onMakeCode?: () => void
}) {
  const { outcome, onAgain, onMakeCode } = props
  const { installation } = usePhone()
  const steps = STEPS[outcome]
  const again = steps.includes('again') && onAgain
  const code = steps.includes('code') && onMakeCode
  return (
    <>
      <div class="stack">
        {isApproved(outcome) && (
          <p class="approved">
            <Icon name="check" />
          </p>
        )}
        <Heading>{t(`outcome.${outcome}.title`)}</Heading>
        <p class="lead">{t(`outcome.${outcome}.text`)}</p>
        {steps.includes('call') && (
          <p class="quiet">
            <Call
              sentence={t('outcome.call', { help: installation.help })}
              help={installation.help}
            />
          </p>
        )}
      </div>
      <div class="stack push">
        {again && (
          <button type="button" class="button" onClick={onAgain}>
            {t('outcome.again')}
          </button>
        )}
        {code && (
          <button type="button" class="button plain" onClick={onMakeCode}>
            {t('outcome.code')}
          </button>
        )}
        {steps.includes('set-up') && (
          <a class="button" href="#setup">
            {t('stopped.setUp')}
          </a>
        )}
        <button
          type="button"
          class={again || steps.includes('set-up') ? 'button plain' : 'button'}
          onClick={() => go('#requests')}
        >
          {t('outcome.done')}
        </button>
      </div>
    </>
  )
}
