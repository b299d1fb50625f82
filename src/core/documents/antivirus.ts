/**
 * What another program says of a file before it is opened: that it knows it for a virus, or that
 * it does not. That it knows none proves nothing, so the sandbox opens it all the same.
 */
export interface Antivirus {
  /**
   * Looks at one file, from its first byte to its last.
   *
   * @returns `null` when it gives no answer: the file waits.
   */
  look(source: AsyncIterable<Uint8Array>): Promise<LookedAt | null>
  /** Whether it answers now. */
  isReady(): Promise<boolean>
}

export type LookedAt = { readonly isInfected: boolean }

/** Where it listens: the path of a socket, or a host and a port. */
export type ScannerAddress =
  | { readonly path: string }
  | { readonly host: string; readonly port: number }
