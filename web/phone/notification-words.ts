import { keep } from './bindings.ts'
import { ASKED } from './task.ts'
import { t } from './words.ts'

/** The service worker shows notifications while the app is closed; it finds their words where the app left them. */
export const rememberNotifications = (): Promise<void> =>
  keep('notification', {
    login: { title: t('notification.title'), body: t('notification.body') },
    task: { title: t('notification.task'), body: t('notification.task-body') },
    doing: new Map(ASKED.map(([kind, words]) => [kind, t(words)])),
  })
