import { z } from 'zod'

/** What the portal takes over from the one that its clients knew before. */

const PAGES = [
  ...(['overview', 'ways', 'devices', 'contact', 'sessions'] as const),
  ...(['password', 'activity', 'documents'] as const),
] as const

/** How addresses of this server begin: none of them was one of another portal. */
export const OWN_ADDRESSES: readonly string[] = [
  ...['.well-known', 'api', 'assets', 'brand', 'call', 'carriers', 'connectivity', 'demo'],
  ...[
    'help',
    'icon.svg',
    'login',
    'oidc',
    'openapi.json',
    'phone',
    'portal',
    'reset',
    'robots.txt',
    'sim',
    'status',
    'tasks',
  ],
  'trade',
]

const formerAddress = z
  .string()
  .max(200)
  .regex(
    /^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/,
    'must be a path, such as /account/security-device',
  )
  .refine((path) => !OWN_ADDRESSES.includes(path.split('/')[1] ?? ''), {
    message: 'is an address of this server',
  })

export const Portal = z
  .strictObject({
    formerAddresses: z
      .record(formerAddress, z.enum(PAGES))
      .refine((all) => Object.keys(all).length <= 200, 'must be 200 or fewer')
      .default({})
      .describe(
        'Addresses of the portal that clients knew before, and the page where each leads now, ' +
          'such as { /account/security-device: devices }',
      ),
  })
  .prefault({})
export type Portal = z.infer<typeof Portal>
