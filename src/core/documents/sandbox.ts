import type { Legibility } from '#core/documents/legibility.ts'
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
  /** Opens one mail, as `open` a file. Its files are to be taken before the next is opened. */
  openMail(source: AsyncIterable<Uint8Array>, signal?: Stopping): Promise<OpenedMail | null>
}

/** What is said of a mail before its files. */
export interface MailHead {
  readonly subject: string
  readonly messageId: string
  /** Files in it that are photographs or documents. */
  readonly pages: number
  /** How long each of them is; none when they are more than one submission has. */
  readonly lengths: readonly number[]
}

export type OpenedMail =
  | { readonly ok: false }
  | (MailHead & {
      readonly ok: true
      /** The files, one after the other. @throws when the process ends before all was said. */
      readonly bytes: AsyncIterable<Uint8Array>
    })

export type OpenedFile =
  | { readonly ok: false; readonly why: Unopened }
  | {
      readonly ok: true
      readonly width: number
      readonly height: number
      /** `null` where it was not measured. */
      readonly legibility: Legibility | null
      /** A JPEG. @throws when the process ends before all of it was said. */
      readonly page: AsyncIterable<Uint8Array>
    }

/** An `AbortSignal`, as far as it is needed. */
interface Stopping {
  addEventListener(kind: 'abort', listener: () => void): void
  removeEventListener(kind: 'abort', listener: () => void): void
}
