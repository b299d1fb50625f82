import { z } from 'zod'
import { PROBLEMS, type Problem as ProblemCode } from '#core/problems.ts'

/** What every interface for programs says. */

/** 32 random bytes as base64url: the holder of a login, a session, a recognised program. */
export const SECRET = /^[\w-]{43}$/

// Written out of the catalogue, so that the document lists every code there is.
const codes = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]

/** @see RFC 9457, "Problem Details for HTTP APIs" */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    instance: z.string(),
    code: z.enum(codes),
  })
  .meta({ id: 'Problem' })
