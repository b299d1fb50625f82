import { z } from 'zod'
import { port } from '#config/doors/port.ts'

const PORTS_MAX = 8
const HOST_LENGTH_MAX = 253
/** A name as the DNS has it (RFC 1123, section 2.1). */
const HOST = /^(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/

/** Where trading platforms are reached, and what the page tests that tells why they are not. */
export const Gateway = z
  .strictObject({
    ports: z
      .array(port)
      .max(PORTS_MAX)
      .refine((ports) => new Set(ports).size === ports.length, 'must be different ports')
      .default([4000, 4001])
      .describe('The ports that the connection test asks for, such as [4000, 4001]; [] for none'),
    host: z
      .string()
      .max(HOST_LENGTH_MAX)
      .regex(HOST, 'must be the name of a host, such as trade.example.com')
      .nullable()
      .default(null)
      .describe('Its name, where it is not that of the login pages'),
    upstream: z
      .url({ protocol: /^wss?$/ })
      .nullable()
      .default(null)
      .describe(
        'Where the streams of the trading platform are, such as ws://127.0.0.1:4800/stream: who ' +
          'may trade reaches them at /stream of these ports',
      ),
  })
  .prefault({})
