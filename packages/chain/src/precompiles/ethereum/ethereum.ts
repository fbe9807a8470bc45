import { getActivePrecompiles, type PrecompileFunc, type PrecompileInput } from '@ethereumjs/evm'
import { loadCrypto } from '../../crypto/crypto.ts'
import { chainCommon } from '../../executor/rules.ts'
import { Bls } from '../../kernels/bls.ts'
import { Bn254 } from '../../kernels/bn254.ts'
import { PRAGUE_PRECOMPILES } from '../index.ts'

/** Ethereum's precompiles as blocks run them, each by its address: data and gas limit in, outcome out. For measurements and comparisons. */
export async function ethereumPrecompiles(): Promise<(address: number) => PrecompileFunc> {
  const common = chainCommon({ chainId: 1n }, await loadCrypto())
  const table = getActivePrecompiles(common, PRAGUE_PRECOMPILES)
  const _EVM = { _bls: new Bls(), _bn254: new Bn254() } as unknown as PrecompileInput['_EVM']
  return (address) => (input) => table.get(address.toString(16).padStart(40, '0'))!({ ...input, common, _EVM })
}
