import { z } from 'zod'

const IS_PORT = 'must be a port, from 1 to 65535'

export const port = z.int().min(1, IS_PORT).max(65_535, IS_PORT)
