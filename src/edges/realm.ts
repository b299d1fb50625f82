/**
 * Those whom a server lets in: the clients of the brokerage, and beside them others who have
 * nothing in common with them, such as its own staff. A realm has an origin and a port of its own.
 * What a browser holds of one (cookies, form tokens, seals) is not valid in another, also where
 * both run in one process and on one host: cookies know no ports.
 */
export interface Realm {
  /** One word, such as `clients`. */
  readonly name: string
  /** Where its pages are: scheme, host and port, without a slash at the end. */
  readonly origin: string
  /** Stands before the name of each of its cookies, such as `staff-`. */
  readonly cookiePrefix: string
  /** Names the key that its form tokens and seals are made with. */
  readonly formKey: string
  /** Whose sessions its session cookie opens; `null` while it has no login. */
  readonly sessions: 'clients' | 'staff' | null
  /** Below these paths programs bring their proof along, and no cookie counts. */
  readonly cookieless: readonly string[]
  /** What its pages may do. @see W3C, "Content Security Policy Level 3" */
  readonly policy: Policy
  /** Where the page that tests the connection may connect to besides, such as `wss://host:4000`. */
  readonly tested: readonly string[]
}

/** Directives of a content security policy, by their names in camel case. */
export type Policy = Readonly<Record<string, readonly string[]>>

declare module 'fastify' {
  interface FastifyInstance {
    readonly realm: Realm
  }
}
