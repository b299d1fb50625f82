import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { t } from '../words/words.ts'

/**
 * A view that is loaded when it is first needed. The service worker keeps all of them, so this
 * takes no time, and works in flight mode too.
 */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let View: ComponentType<P> | undefined
  return function Later(props: P) {
    const [state, setState] = useState<'loading' | 'loaded' | 'failed'>(View ? 'loaded' : 'loading')
    useEffect(() => {
      if (View) return
      load().then(
        (loaded) => {
          View = loaded
          setState('loaded')
        },
        () => setState('failed'),
      )
    }, [])
    if (View) return <View {...props} />
    return state === 'failed' ? <p role="alert">{t('unlock.unloaded')}</p> : null
  }
}
