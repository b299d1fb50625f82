import { once } from 'node:events'
import { createServer } from 'node:net'

/** Ports of this machine that nobody listens on just now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(async (server) => await once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(
    servers.map(async (server) => await new Promise((resolve) => server.close(resolve))),
  )
  return ports
}
