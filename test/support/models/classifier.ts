/**
 * How well one number tells two kinds apart: the share of pairs, one of each kind, in which the
 * second has the larger number. 0.5 is chance, 1 and 0 are certainty.
 *
 * @see Mann and Whitney, "On a Test of Whether one of Two Random Variables is Stochastically
 *   Larger"
 */
function areaUnderCurve(ones: readonly number[], others: readonly number[]): number {
  const all = [
    ...ones.map((value) => ({ value, isOther: false })),
    ...others.map((value) => ({ value, isOther: true })),
  ].toSorted((one, other) => one.value - other.value)
  let above = 0
  for (let from = 0; from < all.length; ) {
    let to = from
    while (to < all.length && all[to]?.value === all[from]?.value) to += 1
    // Equal values share their ranks.
    const rank = (from + to + 1) / 2
    above += rank * all.slice(from, to).filter(({ isOther }) => isOther).length
    from = to
  }
  const most = ones.length * others.length
  return (above - (others.length * (others.length + 1)) / 2) / most
}

/**
 * What a guesser gains over chance, whichever of the two is the slower one: 0 is nothing, 0.5 is
 * certainty.
 */
export const advantage = (ones: readonly number[], others: readonly number[]): number =>
  Math.abs(areaUnderCurve(ones, others) - 0.5)
