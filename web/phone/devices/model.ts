/** What this phone is, as far as its browser says. */
export interface Model {
  /** Such as `iPhone`, `Pixel 8 (Android)` or `Windows`: never a sentence, in no language. */
  readonly name: string
  readonly kind: 'ios' | 'android' | 'computer'
}

/** What browsers that follow the standard say of themselves. @see W3C, "User-Agent Client Hints" */
interface Hints {
  readonly platform?: string
  getHighEntropyValues?(names: readonly string[]): Promise<{ readonly model?: string }>
}

export interface Says {
  readonly userAgent: string
  readonly maxTouchPoints: number
  readonly userAgentData?: Hints
}

/** `null` where nothing is said that names it. */
export async function modelOf(says: Says): Promise<Model | null> {
  const { userAgent, maxTouchPoints, userAgentData } = says
  if (/iPhone|iPod/.test(userAgent)) return { name: 'iPhone', kind: 'ios' }
  // An iPad says that it is a Mac, and is the only one that is touched.
  if (userAgent.includes('iPad') || (userAgent.includes('Macintosh') && maxTouchPoints > 1))
    return { name: 'iPad', kind: 'ios' }
  if (userAgent.includes('Android')) {
    const model = (await hintedModel(userAgentData)) ?? modelIn(userAgent)
    return { name: model === null ? 'Android' : `${model} (Android)`, kind: 'android' }
  }
  const system = SYSTEMS.find(([mark]) => userAgent.includes(mark))?.[1]
  return system === undefined ? null : { name: system, kind: 'computer' }
}

async function hintedModel(hints: Hints | undefined): Promise<string | null> {
  const values = await hints?.getHighEntropyValues?.(['model']).catch(() => null)
  return tidied(values?.model ?? '')
}

/** Where the hints are missing; newer browsers write `K` for every phone, and Firefox none. */
const modelIn = (userAgent: string): string | null =>
  tidied(/Android [\d.]+; ([^;)]+?)(?: Build\/[^;)]*)?[;)]/.exec(userAgent)?.[1] ?? '')

const NO_MODELS = ['', 'K', 'Mobile', 'Tablet', 'wv']
const MODEL_LENGTH_MAX = 30

function tidied(said: string): string | null {
  const model = said
    .replaceAll(/[^\p{L}\p{N} .+_/-]/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return NO_MODELS.includes(model) ? null : [...model].slice(0, MODEL_LENGTH_MAX).join('').trim()
}

const SYSTEMS = [
  ['CrOS', 'ChromeOS'],
  ['Windows', 'Windows'],
  ['Macintosh', 'Mac'],
  ['Linux', 'Linux'],
] as const
