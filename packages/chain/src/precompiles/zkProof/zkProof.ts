import { EVMError, type ExecResult, type PrecompileFunc } from '@ethereumjs/evm'
import {
  concatBytes,
  decodeZkProofInput,
  isOgError,
  OgError,
  uintBytes,
  ZK_CODES,
  type ZkCode,
  type ZkProofInput,
} from '@opengradient/protocol'
import type { Kernels } from '@opengradient/zkml'
import { Meter, OutOfGas } from '../meter.ts'
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
export const zkProof: PrecompileFunc = async ({ data, gasLimit }) => {
  const meter = new Meter(gasLimit)
  try {
    meter.charge(1, PRICES.call)
    const input = decodeZkProofInput(data)
    checker ??= loadChecker()
    const { kernels, checkProof } = await checker
    const code = checkProof(kernels, input, meter)
    return { executionGasUsed: meter.used, returnValue: answer(code) }
  } catch (error) {
    if (error instanceof OutOfGas) return failed(EVMError.errorMessages.OUT_OF_GAS, gasLimit)
    if (isOgError(error, 'ZK_INPUT_MALFORMED')) return failed(EVMError.errorMessages.INVALID_INPUT_LENGTH, gasLimit)
    // Anything else is a fault of this machine. The node has to stop: a transaction must not be left out by one node alone.
    throw isOgError(error)
      ? error
      : new OgError('INTERNAL', `A zk proof could not be verified on this machine: ${(error as Error).message}.`, { cause: error })
  }
}

function answer(code: ZkCode): Uint8Array {
  return concatBytes(uintBytes(code === 'OK' ? 1 : 0, 32), uintBytes(ZK_CODES[code], 32))
}

function failed(why: ConstructorParameters<typeof EVMError>[0], gasLimit: bigint): ExecResult {
  return { executionGasUsed: gasLimit, returnValue: new Uint8Array(), exceptionError: new EVMError(why) }
}
