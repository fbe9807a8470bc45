import type { PrecompileFunc } from '@ethereumjs/evm'
import { concatBytes, decodeZkProofInput, uintBytes, ZK_CODES, type ZkCode, type ZkProofInput } from '@opengradient/protocol'
import type { Kernels } from '@opengradient/zkml'
import type { Meter } from '../meter.ts'
import { metered } from '../metered.ts'
import { PRICES } from './prices.ts'

/** What checks a proof: loaded with the first one, since most processes that run this chain never see any. */
interface Checker {
  readonly kernels: Kernels
  readonly checkProof: (kernels: Kernels, input: ZkProofInput, meter: Meter) => ZkCode
}

let checker: Promise<Checker> | undefined

async function loadChecker(): Promise<Checker> {
  const [{ Kernels }, { checkProof }] = await Promise.all([import('@opengradient/zkml'), import('./check.ts')])
  return { kernels: Kernels.loadSync(), checkProof }
}

/**
 * Precompile 0x0901. Input: `encodeZkProofInput`. Output: two words, 1 or 0 for a valid proof or an invalid one, and the code of `ZK_CODES`.
 * An input in any other form, and too little gas, fail and take all gas. Stateless.
 */
export const zkProof: PrecompileFunc = ({ data, gasLimit }) =>
  metered(gasLimit, 'ZK_INPUT_MALFORMED', 'A zk proof', async (meter) => {
    meter.charge(1, PRICES.call)
    const input = decodeZkProofInput(data)
    checker ??= loadChecker()
    const { kernels, checkProof } = await checker
    return answer(checkProof(kernels, input, meter))
  })

function answer(code: ZkCode): Uint8Array {
  return concatBytes(uintBytes(code === 'OK' ? 1 : 0, 32), uintBytes(ZK_CODES[code], 32))
}
