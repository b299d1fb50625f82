import { argon2id } from 'hash-wasm'
import type { Bytes } from './vault.ts'

/**
 * A file of its own, so that the 10 KB of WebAssembly load only where a PIN is used. @see RFC 9106
 */
export async function argon2(
  pin: string,
  salt: Bytes,
  cost: { readonly memory_kib: number; readonly passes: number; readonly length_bytes: number },
): Promise<Bytes> {
  const hash = await argon2id({
    password: pin,
    salt,
    parallelism: 1,
    iterations: cost.passes,
    memorySize: cost.memory_kib,
    hashLength: cost.length_bytes,
    outputType: 'binary',
  })
  return new Uint8Array(hash)
}
