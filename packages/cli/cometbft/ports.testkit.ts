import { isFree } from '../src/network/ports.ts'

/**
 * A port base from which on a testnet of eight validators, and one node more, find all ports free now. Below those that Linux and others give to
 * connections (32768 and up), which would take one before a node does.
 */
export async function freeTestnetBase(): Promise<number> {
  for (;;) {
    const base = 20_000 + 100 * Math.floor(Math.random() * 120)
    const ports = Array.from({ length: 90 }, (_, index) => base + 10 + index)
    const free = await Promise.all(ports.map(isFree))
    if (free.every(Boolean)) return base
  }
}
