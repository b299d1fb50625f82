import { existsSync } from 'node:fs'
import { rootKeyFile } from '#channels/root-keys/file.ts'
import { rootKeyProgram } from '#channels/root-keys/program.ts'
import type { RootKeys } from '#channels/root-keys/provider.ts'
import { rootKeyVault } from '#channels/root-keys/vault.ts'
import type { Settings } from '#config/settings.ts'
import type { Random } from '#core/ids.ts'
import type { Roots } from '#engine/keyring/wrapping.ts'

/**
 * What keeps the root key, as the settings say, and what may have kept it before: an installation
 * that is on its way from one to the other needs both. A key file is made only where it is used.
 */
export function openRoots({ keys }: Pick<Settings, 'keys'>, random: Random): Roots {
  const { provider, exec, vault } = keys
  const file = provider === 'file' || existsSync(keys.file) ? rootKeyFile(keys.file, random) : null
  const all: RootKeys[] = file ? [file] : []
  if (exec.length > 0) all.push(rootKeyProgram({ command: exec }))
  if (vault.url !== null && vault.tokenFile !== null) {
    const { url, tokenFile, mount, key } = vault
    all.push(rootKeyVault({ url, mount, key, tokenFile, fetch }))
  }
  const active = all.find(({ name }) => name === provider)
  if (!active) throw new Error(`nothing keeps the root key as ${provider}`)
  return { active, all: new Map(all.map((one) => [one.name, one])), file }
}
