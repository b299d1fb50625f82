export interface Point {
  readonly x: number
  readonly y: number
}

/** What belongs together in a mask. */
export interface Blob {
  /** Of its pixels. */
  readonly area: number
  /** The outermost pixels of each row. */
  readonly rim: readonly Point[]
  /** How many of its pixels lie on each border of the mask: top, right, bottom, left. */
  readonly onBorders: readonly number[]
  readonly label: number
}

/** The parts of a mask whose pixels touch, the largest first. */
export function blobsOf(mask: Uint8Array, width: number, height: number) {
  const labels = new Uint32Array(mask.length)
  const queue = new Uint32Array(mask.length)
  const blobs: Blob[] = []
  for (let start = 0; start < mask.length; start += 1) {
    if (mask[start] !== 1 || labels[start] !== 0) continue
    const label = blobs.length + 1
    let [head, tail] = [0, 1]
    queue[0] = start
    labels[start] = label
    const visit = (at: number) => {
      if (mask[at] !== 1 || labels[at] !== 0) return
      labels[at] = label
      queue[tail] = at
      tail += 1
    }
    const onBorders = [0, 0, 0, 0]
    const count = (side: number) => {
      onBorders[side] = (onBorders[side] ?? 0) + 1
    }
    const rows = new Map<number, [number, number]>()
    for (; head < tail; head += 1) {
      const at = queue[head] ?? 0
      const [x, y] = [at % width, Math.floor(at / width)]
      if (y === 0) count(0)
      else visit(at - width)
      if (x === width - 1) count(1)
      else visit(at + 1)
      if (y === height - 1) count(2)
      else visit(at + width)
      if (x === 0) count(3)
      else visit(at - 1)
      const row = rows.get(y)
      if (!row) rows.set(y, [x, x])
      else if (x < row[0]) row[0] = x
      else if (x > row[1]) row[1] = x
    }
    const rim = [...rows].flatMap(([y, [left, right]]) => [
      { x: left, y },
      { x: right + 1, y },
      { x: left, y: y + 1 },
      { x: right + 1, y: y + 1 },
    ])
    blobs.push({ area: tail, rim, onBorders, label })
  }
  return { blobs: blobs.toSorted((one, other) => other.area - one.area), labels }
}

const turn = (a: Point, b: Point, c: Point): number =>
  (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)

/** The convex hull of points, clockwise on a screen. */
export function hullOf(points: readonly Point[]): readonly Point[] {
  const sorted = points.toSorted((one, other) => one.x - other.x || one.y - other.y)
  const chain = (all: readonly Point[]) => {
    const kept: Point[] = []
    for (const point of all) {
      for (;;) {
        const [before, last] = [kept.at(-2), kept.at(-1)]
        if (!before || !last || turn(before, last, point) > 0) break
        kept.pop()
      }
      kept.push(point)
    }
    return kept.slice(0, -1)
  }
  return [...chain(sorted), ...chain(sorted.toReversed())]
}

export const areaOf = (shape: readonly Point[]): number =>
  Math.abs(
    shape.reduce((sum, { x, y }, at) => {
      const next = shape[(at + 1) % shape.length]
      return next ? sum + x * next.y - next.x * y : sum
    }, 0),
  ) / 2

/** The four corners of a shape: those of its hull whose loss would change it most. */
export function cornersOf(hull: readonly Point[]): readonly Point[] {
  const corners = [...hull]
  while (corners.length > 4) {
    let [least, at] = [Number.POSITIVE_INFINITY, 0]
    for (const [index, corner] of corners.entries()) {
      const before = corners.at(index - 1)
      const next = corners[(index + 1) % corners.length]
      if (!before || !next) continue
      const lost = Math.abs(turn(before, corner, next))
      if (lost < least) [least, at] = [lost, index]
    }
    corners.splice(at, 1)
  }
  return corners
}

/** Whether a point lies in a convex shape, at least so far from its edges. */
export const isInside = (shape: readonly Point[], point: Point, inset = 0): boolean =>
  shape.every((corner, at) => {
    const next = shape[(at + 1) % shape.length]
    if (!next) return false
    const length = Math.hypot(next.x - corner.x, next.y - corner.y)
    return length === 0 || turn(corner, next, point) / length >= inset
  })
