/** The middle one; of an even number, halfway between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = inOrder(values)
  const middle = Math.floor(sorted.length / 2)
  const upper = valueAt(sorted, middle)
  return sorted.length % 2 === 1 ? upper : (valueAt(sorted, middle - 1) + upper) / 2
}

/** The least value that `share` of them, 0 to 1, do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = inOrder(values)
  return valueAt(sorted, Math.max(0, Math.ceil(sorted.length * share) - 1))
}

const inOrder = (values: readonly number[]) => values.toSorted((one, other) => one - other)

function valueAt(sorted: readonly number[], index: number): number {
  const value = sorted[index]
  if (value === undefined) throw new Error('nothing was measured')
  return value
}
