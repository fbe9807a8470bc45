import { bytesToHex } from '@opengradient/protocol'
import { type Crypto, loadCrypto } from '../crypto/crypto.ts'
import type { ExecutedBlock } from '../executor/execute.ts'
import { type Genesis, type GenesisParameters, LOCAL_BENEFICIARIES } from './genesis.ts'

/**
 * The genesis with these parameters. Runs the constructors of the predeploys to learn the hash of block 0; the same parameters and the
 * same contracts always give the same. Throws `CHAIN_GENESIS_INVALID` when the parameters or a constructor say no.
 */
export async function makeGenesis(
  parameters: Omit<GenesisParameters, 'beneficiaries'> & Partial<Pick<GenesisParameters, 'beneficiaries'>>,
): Promise<Genesis> {
  const complete = { beneficiaries: LOCAL_BENEFICIARIES, ...parameters }
  const { hash } = await genesisBlock(complete, await loadCrypto())
  return { ...complete, hash: bytesToHex(hash) }
}

/** Block 0 and its state, not yet stored. The contracts are loaded only for this: a node that goes on needs none of their bytecode. */
export async function genesisBlock(parameters: GenesisParameters, crypto: Crypto): Promise<ExecutedBlock> {
  const { buildGenesis } = await import('./build.ts')
  return buildGenesis(parameters, crypto)
}
