import type { Language } from '#core/subscribers/account.ts'
import type { Registration } from '#methods/passkey/wire.ts'

/**
 * Who keeps passkeys for people, by the id that the authenticator says. It is not attested, so it
 * makes a name that the holder recognises and decides nothing.
 *
 * @see https://github.com/passkeydeveloper/passkey-authenticator-aaguids
 */
const KEEPERS: ReadonlyMap<string, string> = new Map([
  ['fbfc3007-154e-4ecc-8c0b-6e020557d7bd', 'iCloud'],
  ['dd4ec289-e01d-41c9-bb89-70fa845d4bf2', 'iCloud'],
  ['ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4', 'Google'],
  ['08987058-cadc-4b81-b6e1-30de50dcbe96', 'Windows Hello'],
  ['9ddd1817-af5a-4672-a2b9-3e3dd95000a9', 'Windows Hello'],
  ['6028b017-b1d4-4c02-b4b3-afcdafc96bb2', 'Windows Hello'],
  ['bada5566-a7aa-401f-bd96-45619a55120d', '1Password'],
  ['d548826e-79b4-db40-a3d8-11116f7e8349', 'Bitwarden'],
])

const LABELS = {
  en: {
    kept: (keeper: string) => `Passkey, ${keeper}`,
    here: 'Passkey of this device',
    phone: 'Passkey on a phone',
    key: 'Security key',
  },
  fr: {
    kept: (keeper: string) => `Clé d’accès, ${keeper}`,
    here: 'Clé d’accès de cet appareil',
    phone: 'Clé d’accès sur un téléphone',
    key: 'Clé de sécurité',
  },
} as const

/** What a passkey is called until its holder gives it a name of their own. */
export function labelOf(
  { authenticatorAttachment, response: { transports = [] } }: Registration,
  { aaguid, language }: { readonly aaguid: string; readonly language: Language },
): string {
  const labels = LABELS[language]
  const keeper = KEEPERS.get(aaguid)
  if (keeper !== undefined) return labels.kept(keeper)
  if (authenticatorAttachment === 'platform') return labels.here
  return transports.includes('hybrid') ? labels.phone : labels.key
}
