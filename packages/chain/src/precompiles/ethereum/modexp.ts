import { EVMError, type ExecResult, type PrecompileFunc } from '@ethereumjs/evm'
import { powerModulo } from '../../kernels/power.ts'
import { toBigint } from '../../state/account.ts'

const WORD = 32
/** Lengths of base, exponent and modulus come first. */
const HEAD = 3 * WORD
const LEAST_GAS = 200n
/** Above this EthereumJS fails. No gas limit of this chain gets there. */
const LONGEST = 2_147_483_647n

/** Modular powers (0x05) at the prices of EIP-2565: what EthereumJS answers, in time that follows the gas. */
export const modexp: PrecompileFunc = ({ data, gasLimit }) => {
  const [baseLength, exponentLength, modulusLength] = [0, WORD, 2 * WORD].map((at) => numberAt(data, at, WORD)) as [bigint, bigint, bigint]
  const longer = baseLength > modulusLength ? baseLength : modulusLength
  const words = (longer + 7n) / 8n
  const price = (iterations(data, baseLength, exponentLength) * words * words) / 3n
  const gas = price < LEAST_GAS ? LEAST_GAS : price
  if (gas > gasLimit) return outOfGas(gasLimit)
  if (longer === 0n) return { executionGasUsed: gas, returnValue: new Uint8Array() }
  if (longer > LONGEST || exponentLength > LONGEST) return outOfGas(gasLimit)
  const lengths = [baseLength, exponentLength, modulusLength].map(Number) as [number, number, number]
  return { executionGasUsed: gas, returnValue: answer(data, lengths) }
}

function answer(data: Uint8Array, [baseLength, exponentLength, modulusLength]: readonly [number, number, number]): Uint8Array {
  const out = new Uint8Array(modulusLength)
  const exponentAt = HEAD + baseLength
  const modulus = numberAt(data, exponentAt + exponentLength, modulusLength)
  if (modulus === 0n) return out
  const exponent = { bytes: data.subarray(exponentAt, exponentAt + exponentLength), length: exponentLength }
  const power = powerModulo(numberAt(data, HEAD, baseLength), exponent, modulus)
  out.set(Buffer.from(power.toString(16).padStart(2 * modulusLength, '0'), 'hex'))
  return out
}

/** Bits of the exponent less one, counting those behind its first word whatever they are; at least one. */
function iterations(data: Uint8Array, baseLength: bigint, exponentLength: bigint): bigint {
  const first = exponentLength < WORD ? Number(exponentLength) : WORD
  const head = numberAt(data, HEAD + Number(baseLength), first)
  const behind = 8n * (exponentLength - BigInt(first))
  const count = behind + (head === 0n ? 0n : BigInt(head.toString(2).length - 1))
  return count === 0n ? 1n : count
}

/** The number of `length` bytes at `at`, where what is behind the data is zero. */
function numberAt(data: Uint8Array, at: number, length: number): bigint {
  const part = data.subarray(at, at + length)
  return toBigint(part) << BigInt(8 * (length - part.length))
}

const outOfGas = (gasLimit: bigint): ExecResult => ({
  executionGasUsed: gasLimit,
  returnValue: new Uint8Array(),
  exceptionError: new EVMError(EVMError.errorMessages.OUT_OF_GAS),
})
