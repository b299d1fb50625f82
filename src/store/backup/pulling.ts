/** Bytes that are taken in other portions than they come in. */
export interface Pulling {
  /** So many bytes; fewer only at the end. */
  upTo(length: number): Promise<Buffer>
}

export function pulling(bytes: AsyncIterable<Uint8Array>): Pulling {
  const coming = bytes[Symbol.asyncIterator]()
  let held: Buffer[] = []
  let length = 0
  return {
    async upTo(wanted) {
      while (length < wanted) {
        const next = await coming.next()
        if (next.done) break
        held.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength))
        length += next.value.byteLength
      }
      const [all = Buffer.alloc(0)] = held.length === 1 ? held : [Buffer.concat(held)]
      const rest = all.subarray(wanted)
      held = rest.length > 0 ? [rest] : []
      length = rest.length
      return all.subarray(0, wanted)
    },
  }
}
