import type { Words } from '#store/migrations/words.ts'

/** Countries whose rules were named as `eu` until now. */
const EUROPE = [
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE',
  'IS LI NO AX GF GP MF MQ RE YT',
]
  .join(' ')
  .split(' ')
  .map((country) => `'${country}'`)
  .join(', ')

/**
 * The residence of an account decides whose rules apply. What the back office sets instead has a
 * reason; without one, the column `jurisdiction` says nothing. Rules that were set by hand until
 * now and that the residence does not give stay: no account has fewer rules afterwards.
 */
export const residenceDecides = ({ id }: Words): readonly string[] => [
  `alter table account add column jurisdiction_reason ${id}`,
  `update account set jurisdiction_reason = 'Set before the residence decided'
    where jurisdiction <> 'default'
      and not (jurisdiction = 'hk' and coalesce(residence, '') = 'HK')
      and not (jurisdiction = 'in' and coalesce(residence, '') = 'IN')
      and not (jurisdiction = 'eu' and coalesce(residence, '') in (${EUROPE}))`,
]
