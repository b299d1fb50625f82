/** The names of all members that any of these types has. */
type Members<T> = T extends unknown ? keyof T : never

/**
 * What a thing keeps from one state to the next: everything but the members that are named here,
 * which only some of its states have. The compiler asks for each of them and takes no other, so a
 * member that comes to the common part later cannot be lost on the way, and one of a state cannot
 * be carried into another.
 */
export const commonOf =
  <States extends object, Common extends object>(
    own: Readonly<Record<Exclude<Members<States>, keyof Common>, true>>,
  ) =>
  (value: States): Common => {
    const kept = Object.entries(value).filter(([name]) => !Object.hasOwn(own, name))
    return Object.fromEntries(kept) as Common
  }
