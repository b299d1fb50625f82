import { type IntegritySign, signsOf } from '#core/devices/integrity/signs.ts'
import { modelOf } from './model.ts'

/** What this app can see of the device that it runs on (R041). */
export async function signsHere(): Promise<IntegritySign[]> {
  const model = await modelOf(navigator)
  const { webdriver, userAgent } = navigator
  const seen = { webdriver, userAgent, isSecureContext, model: model?.name ?? null }
  return [...signsOf(seen)]
}
