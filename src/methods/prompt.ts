import type { Json } from '#core/json.ts'
import type { Instant } from '#core/time/time.ts'

/**
 * What a method wants a claimant to see, as data. The pages know how to draw each part and nothing
 * of the method; texts are keys of `locales/`.
 */
export interface PromptView {
  /** Names the view in addresses; a method may offer several ways to answer one challenge. */
  readonly name: string
  readonly title: string
  readonly lead: Text
  /** What to do soon, such as to get another one. */
  readonly warning?: Text
  /** Shown large, grouped in threes. */
  readonly number?: PromptNumber
  /**
   * Numbered instructions; the one with `number: true` shows the number, the last one holds the
   * field.
   */
  readonly steps?: readonly { readonly text: Text; readonly number?: boolean }[]
  /** The page listens and moves on by itself, until this instant. */
  readonly waits?: { readonly until: Instant }
  readonly field?: PromptField
  /** A button beside that of the field: it goes on to a card that is printed, too. */
  readonly prints?: string
  /** The other way to answer the same challenge. */
  readonly other?: { readonly view: string; readonly link: string }
  /** Other ways to be asked, each of them a new challenge, and from when on. */
  readonly ways?: readonly WayView[]
  /** The heading over them, for a client who has received nothing. */
  readonly stuck?: string
  /**
   * What the page says when the challenge is over: the beginning of `title`, `lead` and `again`.
   */
  readonly overdue?: string
  /** The page tells how far the delivery has come, as its channel reports it. */
  readonly delivery?: {
    readonly sent: string
    readonly delivered: string
    readonly failed: string
    /** What carries the same by another way: that it has failed, and that it is what is left. */
    readonly beside?: { readonly failed: string; readonly left: string }
  }
  /** What makes the answer in the browser, and puts it in a scripted field. */
  readonly script?: Script
  readonly aside?: readonly Aside[]
}

/** Advice beside the page, and where there is more of it. */
export interface Aside {
  readonly strong?: string
  readonly text: string
  readonly link?: { readonly to: string; readonly text: string }
}

/** Another way to be asked. Until `from` the page says when, in the words of `<link>-from`. */
export interface WayView {
  readonly way: string
  readonly link: string
  readonly from: Instant
  /** What then happens. */
  readonly hint?: string
}

/** A script of `web/enhance/`, by its name. */
export interface Script {
  readonly name: string
  readonly data: Json
  /**
   * Keys of `locales/`: what it says when the browser cannot do it, when it was not done, when it
   * was done before, and beside another form where there is no JavaScript.
   */
  readonly says: {
    readonly unable: string
    readonly failed: string
    readonly known?: string
    readonly scriptless?: string
  }
}

export interface PromptNumber {
  readonly digits: string
  readonly hint?: string
  /**
   * What a picture of it holds, after the address of this installation; none where it is only read.
   */
  readonly scan?: string
  /** The beginning of `title`, `label` and `how` of that picture, where it is not `login.scan`. */
  readonly scanTexts?: string
}

export interface PromptField {
  /** The name of the member of the answer. */
  readonly name: string
  readonly label: string
  readonly hint: string
  readonly button: string
  /**
   * Digits bring the number keys; symbols are letters and digits, in capitals; a scripted one is
   * not typed.
   */
  readonly kind: 'digits' | 'symbols' | 'telephone' | 'email' | 'scripted'
  /** How many characters it is drawn for; longer ones are taken and judged. */
  readonly length: number
}

/** A key of `locales/`, with what stands in its place holders. */
export interface Text {
  readonly key: string
  readonly values?: Readonly<Record<string, string>>
}

export interface PromptContext {
  /**
   * Its own name on a recognised browser; `null` on a new one, which hears only the kind (design
   * 7).
   */
  readonly label: string | null
  readonly openedAt: Instant
  readonly expiresAt: Instant
  /** What a device without a connection is told, as a compact JWS of the server. */
  readonly picture?: string
}

/** Turns the prompt of a challenge into views; the first is where the claimant begins. */
export type DescribePrompt = (
  prompt: Json,
  context: PromptContext,
) => readonly [PromptView, ...PromptView[]]
