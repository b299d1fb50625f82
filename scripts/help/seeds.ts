import type { Guide } from '#edges/pages/help/guides.ts'

/**
 * An article that the mission began with, or a topic that these refer to, and what became of it.
 */
interface Seed {
  readonly names: readonly string[]
  readonly about: string
  readonly guide: Guide
  /** How many steps, points or situations it has, list by list. */
  readonly steps: readonly number[]
  /** What `docs/mission.json` took from it. */
  readonly rows: readonly number[]
}

export const SEEDS: readonly Seed[] = [
  {
    names: ['A1', 'A5'],
    about: 'sending a document with a phone, in French and English',
    guide: 'documents',
    steps: [8, 8],
    rows: [13, 16, 140, 141, 142, 143, 144, 145, 170],
  },
  {
    names: ['A2', 'A7'],
    about: 'login failures, eleven situations, in French and English',
    guide: 'cannot-log-in',
    steps: [],
    rows: [
      ...[1, 3, 9, 10, 11, 12, 14, 16, 17, 24, 25, 26, 27, 28, 29, 30, 92, 93, 94, 95, 96, 97],
      ...[99, 100, 101, 108, 109, 110, 111, 112, 113, 114, 115, 123, 124, 125, 150, 151, 152],
      ...[153, 154, 155, 156, 157, 158, 159, 160, 161, 162, 163, 164, 165, 170],
    ],
  },
  {
    names: ['A3'],
    about: 'verifying who you are with a device',
    guide: 'verify',
    steps: [6, 5, 6],
    rows: [4, 8, 23, 31, 35, 50, 52, 53, 54, 55, 56, 57, 171],
  },
  {
    names: ['A4', 'A6'],
    about: 'printing a code card, in French and English',
    guide: 'printed-card',
    steps: [9],
    rows: [
      ...[2, 9, 19, 24, 32, 98, 101, 102, 103, 104, 105, 106, 107, 116, 117, 118, 120, 122],
      ...[130, 170],
    ],
  },
  {
    names: ['B1'],
    about: 'texts that do not arrive',
    guide: 'no-text',
    steps: [4],
    rows: [6, 7, 78, 87, 88, 89, 91, 166],
  },
  {
    names: ['B2'],
    about: 'moving to a new phone',
    guide: 'new-phone',
    steps: [6, 7],
    rows: [6, 60, 61, 62, 63, 64, 65, 66, 67, 69, 70, 72],
  },
  {
    names: ['B3', '3279'],
    about: 'trading on one phone, approving on another',
    guide: 'two-phones',
    steps: [6, 6],
    rows: [4, 53, 54, 58, 71],
  },
  {
    names: ['B4', 'B8'],
    about: 'enrolling for texts and logging in with them, in French and English',
    guide: 'texts',
    steps: [7, 4],
    rows: [6, 16, 74, 80, 81, 82, 83, 84, 85, 86, 170],
  },
  {
    names: ['B5'],
    about: 'questions about logging in with the phone',
    guide: 'approve',
    steps: [4, 6, 4, 4, 7],
    rows: [1, 20, 21, 33, 34, 35, 36, 37, 53, 57, 69, 166],
  },
  {
    names: ['B6', '3236'],
    about: 'turning on notifications',
    guide: 'notifications',
    steps: [2, 2],
    rows: [5, 18, 33, 45, 46, 71],
  },
  {
    names: ['B7', '3234'],
    about: 'notifications that do not arrive: nine checks, and nine steps of the last',
    guide: 'no-notification',
    steps: [9, 9],
    rows: [
      ...[2, 5, 18, 22, 33, 36, 37, 38, 39, 40, 41, 42, 43, 44, 47, 48, 49, 50, 51, 52],
      ...[122, 166],
    ],
  },
  {
    names: ['B9'],
    about: 'rules of Hong Kong and India',
    guide: 'rules',
    steps: [],
    rows: [15, 128, 129, 132],
  },
  {
    names: ['B10'],
    about: 'resetting the app on Android',
    guide: 'reset-app',
    steps: [8, 7],
    rows: [16, 71, 77],
  },
  {
    names: ['69'],
    about: 'how long a temporary passcode is valid',
    guide: 'passcode',
    steps: [],
    rows: [98, 172],
  },
  {
    names: ['70'],
    about: 'a temporary passcode when the device is away',
    guide: 'lost-phone',
    steps: [],
    rows: [103],
  },
  {
    names: ['975', '2067'],
    about: 'sending a device back',
    guide: 'security-card',
    steps: [],
    rows: [118],
  },
  {
    names: ['1131'],
    about: 'the devices and what each allows',
    guide: 'devices',
    steps: [],
    rows: [87, 121],
  },
  { names: ['1861'], about: 'what a device costs', guide: 'fees', steps: [], rows: [117] },
  {
    names: ['1943', '2204'],
    about: 'replacing a security card',
    guide: 'replacement',
    steps: [],
    rows: [12, 68, 116, 119],
  },
  {
    names: ['2260'],
    about: 'setting up the phone',
    guide: 'first-phone',
    steps: [],
    rows: [73],
  },
  {
    names: ['2277', '2278'],
    about: 'logging in with the phone, Android and iPhone',
    guide: 'approve',
    steps: [],
    rows: [34, 57],
  },
  {
    names: ['2481'],
    about: 'sharing a device between user names',
    guide: 'sharing',
    steps: [],
    rows: [120, 121],
  },
  {
    names: ['2545'],
    about: 'opting out of the second step, and in again',
    guide: 'opt-out',
    steps: [],
    rows: [32, 130],
  },
  {
    names: ['2636', '2663'],
    about: 'ordering, activating and using a security card',
    guide: 'security-card',
    steps: [],
    rows: [8, 12],
  },
  {
    names: ['2748'],
    about: 'the phone after a new installation',
    guide: 'phone-again',
    steps: [],
    rows: [69, 71],
  },
  {
    names: ['2879'],
    about: 'the phone app in general, and several user names on it',
    guide: 'sharing',
    steps: [],
    rows: [72],
  },
  {
    names: ['2895'],
    about: 'several devices at once',
    guide: 'devices',
    steps: [],
    rows: [119, 121, 122],
  },
  {
    names: ['3073'],
    about: 'the key on another phone, for a trip or for good',
    guide: 'new-phone',
    steps: [],
    rows: [64, 69, 70, 71],
  },
  {
    names: ['3396'],
    about: 'the code by telephone call',
    guide: 'calls',
    steps: [],
    rows: [7, 89, 90],
  },
]
