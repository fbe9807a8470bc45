import { EVMError, type ExecResult, type PrecompileFunc } from '@ethereumjs/evm'
import { words } from '../../kernels/words.ts'

/** Rounds, 4 bytes big-endian; h, 64 bytes; m, 128; t, 16; and whether this is the last block. */
const LENGTH = 213

/** BLAKE2b's compression (0x09, EIP-152): what EthereumJS answers. A round is a gas. */
export const blake2f: PrecompileFunc = ({ data, gasLimit }) => {
  const last = data[LENGTH - 1]
  if (data.length !== LENGTH || last! > 1) return failed('OUT_OF_RANGE', gasLimit)
  const rounds = new DataView(data.buffer, data.byteOffset).getUint32(0)
  if (gasLimit < rounds) return failed('OUT_OF_GAS', gasLimit)
  const { kernel, area } = words()
  area.set(data.subarray(4, LENGTH - 1))
  kernel.blake2f(rounds, last === 1)
  return { executionGasUsed: BigInt(rounds), returnValue: area.slice(0, 64) }
}

const failed = (why: 'OUT_OF_RANGE' | 'OUT_OF_GAS', gasLimit: bigint): ExecResult => ({
  executionGasUsed: gasLimit,
  returnValue: new Uint8Array(),
  exceptionError: new EVMError(EVMError.errorMessages[why]),
})
