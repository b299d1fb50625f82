/** The trading platform of the bench: streams are opened for it, and clients log in there. */
export const PLATFORM = {
  id: 'trade',
  name: { en: 'Trading platform', fr: 'Plateforme de trading' },
  secret: 'a-secret-of-the-platform-of-the-bench',
  redirectUris: ['https://trade.example.com/callback'],
  pkce: 'required',
} as const
