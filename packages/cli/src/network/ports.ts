import { createServer } from 'node:net'
import { OgError } from '@opengradient/protocol'

/** The services of a local network and the distance of each one's port from the base. */
export const PORT_OFFSETS = { web: 0, inference: 10, store: 20, rpc: 145 } as const
/** A service that listens. */
export type PortName = keyof typeof PORT_OFFSETS
/** One port per service, all on 127.0.0.1. */
export type Ports = Record<PortName, number>

/** The ports that belong to a base (8400: web 8400, inference 8410, store 8420, RPC 8545). */
export function portsFrom(base: number): Ports {
  const entries = Object.entries(PORT_OFFSETS).map(([name, offset]) => [name, base + offset])
  return Object.fromEntries(entries) as Ports
}

/** Throws `PORT_IN_USE` naming every taken port and the way out. */
export async function requireFreePorts(ports: Ports): Promise<void> {
  const taken: string[] = []
  for (const [name, port] of Object.entries(ports)) if (!(await isFree(port))) taken.push(`${port} (${name})`)
  if (taken.length === 0) return
  throw new OgError(
    'PORT_IN_USE',
    `${taken.length === 1 ? 'port' : 'ports'} ${taken.join(', ')} on 127.0.0.1 ${taken.length === 1 ? 'is' : 'are'} taken by another program. ` +
      `Stop it, or start with another base: --port-base ${suggestBase(ports.web)}`,
    { details: { taken } },
  )
}

/** Whether nothing listens on a port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)))
  })
}

const suggestBase = (base: number): number => (base >= 60_000 ? 8400 : base + 1000)
