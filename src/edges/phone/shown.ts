import type { Json } from '#core/json.ts'
import { type Asked, isNewsTag, tagFor, TEST, wordsFor } from '#core/notices/push-words.ts'
import en from '../../../locales/en.json' with { type: 'json' }
import fr from '../../../locales/fr.json' with { type: 'json' }

const WORDS = { en: en.phone.notification, fr: fr.phone.notification } as const

/**
 * What a platform shows of a push message by itself: the same words that the app would, and the
 * same place behind them.
 */
export function shownOf(payload: { readonly [name: string]: Json }, issuer: string) {
  // Written by our own methods, which know what a message may hold.
  const asked: Asked = { ...NOTHING, ...(payload as Partial<Asked>) }
  const language = asked.language ?? 'en'
  const tag = tagFor(asked)
  const place = tag === TEST ? '/phone#check' : '/phone#requests'
  const navigate = `${issuer}${isNewsTag(tag) ? '/portal/activity' : place}`
  return { ...wordsFor(asked, language, WORDS[language]), tag, language, navigate }
}

const NOTHING: Asked = {
  transaction: null,
  doing: null,
  platform: null,
  language: null,
  alert: null,
  test: null,
}
