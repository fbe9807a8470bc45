import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:net'

/** Below the ports that systems give to outgoing connections, so that none of those takes one meanwhile. */
const FIRST = 20_000
const END = 32_000
/** Ports that are reserved together; the first keeps the others. */
const BLOCK = 40

export interface ReservedPorts {
  /** On 127.0.0.1; nobody listens there. */
  readonly ports: readonly number[]
  release(): void
}

/**
 * So many ports, at most 39, that are the caller's alone, also while what listens there is killed and started again: no other network of
 * these tests gets them, in whatever process, until they are released or this process ends.
 */
export async function reservePorts(count: number): Promise<ReservedPorts> {
  if (count >= BLOCK) throw new Error(`at most ${BLOCK - 1} ports can be reserved together, not ${count}`)
  for (;;) {
    const first = FIRST + BLOCK * randomInt((END - FIRST) / BLOCK)
    // Listening there is what reserves the block.
    const guard = await listen(first)
    if (!guard) continue
    const ports = Array.from({ length: count }, (_, index) => first + 1 + index)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return { ports, release: () => guard.close() }
    guard.close()
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen(port)
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
  return server !== undefined
}

/** Undefined when somebody listens there already. */
function listen(port: number): Promise<Server | undefined> {
  const server = createServer().unref()
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
