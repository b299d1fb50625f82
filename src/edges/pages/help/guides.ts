/** The guides for clients, by what they are about, in the order in which they are offered. */
export const SHELVES = {
  login: [
    ...(['cannot-log-in', 'lost-phone', 'passcode', 'printed-card', 'password'] as const),
    ...(['user-name', 'no-connection'] as const),
  ],
  phone: ['first-phone', 'approve', 'new-phone', 'two-phones', 'phone-again', 'reset-app', 'pin'],
  notifications: ['no-notification', 'notifications', 'no-text', 'calls', 'texts'],
  devices: ['devices', 'security-card', 'replacement', 'fees', 'sharing'],
  account: ['contact-data', 'verify', 'withdrawal', 'opt-out', 'rules', 'statements', 'documents'],
} as const
export type Shelf = keyof typeof SHELVES
export type Guide = (typeof SHELVES)[Shelf][number]
export const GUIDES: readonly Guide[] = Object.values(SHELVES).flat()

export const isGuide = (name: string): name is Guide => GUIDES.some((guide) => guide === name)
