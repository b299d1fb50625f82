import type { Authenticator } from '#core/devices/authenticator.ts'
import type { World } from '#engine/world.ts'
import { findTokenOf } from '#store/inventory/hardware-tokens.ts'

/**
 * A device as its holder reads of it before they confirm something about it: with what is printed
 * on it, because any session may give it another name (A8).
 */
export interface NamedDevice {
  readonly label: string
  readonly method: string
  /** As it is printed on the device, its end if it is long; `null` where no number is known. */
  readonly serial: string | null
}

export async function namedDevice(
  { db }: Pick<World, 'db'>,
  { id, label, method }: Pick<Authenticator, 'id' | 'label' | 'method'>,
): Promise<NamedDevice> {
  const token = await findTokenOf(db, id)
  return { label, method, serial: token && endOf(token.serial) }
}

/** Long enough to tell two cards apart, and short enough to be confirmed as a whole. */
const SERIAL_SHOWN_MAX = 20
const endOf = (serial: string): string =>
  serial.length > SERIAL_SHOWN_MAX ? `…${serial.slice(1 - SERIAL_SHOWN_MAX)}` : serial

type Say = (
  key: 'task.instead.named',
  values: { readonly [Name in 'card' | 'label']: string },
) => string

/** By the number that is printed on it, and by its name where that is another. */
export const calledIn = (say: Say, { label, serial }: Omit<NamedDevice, 'method'>): string =>
  serial === null || label === serial ? label : namedIn(say, { card: serial, label })

/** The name stays between the marks around it: none of its own closes them. */
export const namedIn = (
  say: Say,
  { card, label }: { readonly card: string; readonly label: string },
): string => say('task.instead.named', { card, label: label.replaceAll(/[“”„‟«»"]/gu, '’') })
