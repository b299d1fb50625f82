/**
 * The id of a member of staff, as it stands in the audit log beside what they did: small letters,
 * digits, dots, dashes and underscores. It is no name, holds no markup and reads the same in every
 * list.
 *
 * An audit event takes this type and no text, so nothing is written that has not passed the one
 * rule.
 */
export type AgentId = string & { readonly [id]: 'agent' }
declare const id: unique symbol

/** The longest id, in characters. */
export const AGENT_LENGTH_MAX = 40

const AGENT = new RegExp(`^[a-z0-9][a-z0-9._-]{0,${AGENT_LENGTH_MAX - 1}}$`)

/**
 * Whether this can be the id of a member of staff, as it was typed: nothing is trimmed or folded.
 */
export const isAgentId = (typed: string): typed is AgentId => AGENT.test(typed)
