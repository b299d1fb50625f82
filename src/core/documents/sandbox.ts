import type { Unopened } from '#core/documents/picture.ts'

/**
 * Opens files of strangers in a process that can do nothing but answer (A18): bubblewrap gives it
 * name spaces of its own without a network, and a file system that holds Node and the worker, read
 * only; prlimit bounds what it takes. One process for each file.
 */
export interface Sandbox {
  /** Whether it can run here; asked once. */
  isReady(): Promise<boolean>
  /**
   * Opens one file. The page is to be taken before the next is opened.
   *
   * @param signal ends it early.
   * @returns `null` when the process was killed, or answered with what is no answer.
   */
  open(source: AsyncIterable<Uint8Array>, signal?: Stopping): Promise<OpenedFile | null>
}

export type OpenedFile =
  | { readonly ok: false; readonly why: Unopened }
  | {
      readonly ok: true
      readonly width: number
      readonly height: number
      /** A JPEG. @throws when the process ends before all of it was said. */
      readonly page: AsyncIterable<Uint8Array>
    }

/** An `AbortSignal`, as far as it is needed. */
interface Stopping {
  addEventListener(kind: 'abort', listener: () => void): void
  removeEventListener(kind: 'abort', listener: () => void): void
}
