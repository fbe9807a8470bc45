import type { EVMInterface, PrecompileFunc } from '@ethereumjs/evm'
import type { Address } from '@opengradient/protocol'
import type { AccountOverride } from '../chain.ts'
import { SimulationRefusal } from './refusal.ts'

/** Precompiles by address, hex without 0x. */
type Precompiles = ReadonlyMap<string, PrecompileFunc>

/**
 * The precompiles of one block: those of the rules, except that an overridden one is gone, and a moved one answers at its new
 * address. What is warm when a transaction begins stays the addresses of the rules, as in geth.
 */
export function movedPrecompiles(rules: Precompiles, overrides: ReadonlyMap<Address, AccountOverride>): Precompiles {
  const table = new Map(rules)
  const moved = new Set<Address>()
  for (const [address, { movePrecompileTo: target }] of overrides) {
    if (moved.has(address)) throw new SimulationRefusal('override', `account ${address} has already been overridden by a precompile`)
    const precompile = table.get(address.slice(2))
    if (target) {
      if (!precompile) throw new SimulationRefusal('override', `account ${address} is not a precompile`)
      if (overrides.has(target)) throw new SimulationRefusal('override', `account ${target} is already overridden`)
      table.set(target.slice(2), precompile)
      moved.add(target)
    }
    if (precompile) table.delete(address.slice(2))
  }
  return table
}

/** Makes an EVM ask `find` for its precompiles. */
export function lookUpPrecompiles(evm: EVMInterface, find: () => Precompiles): void {
  const own = evm as unknown as { getPrecompile(address: { readonly bytes: Uint8Array }): PrecompileFunc | undefined }
  own.getPrecompile = ({ bytes }) => find().get(Buffer.from(bytes).toString('hex'))
}
