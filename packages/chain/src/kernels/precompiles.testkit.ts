import { getActivePrecompiles, NobleBLS, NobleBN254, type PrecompileFunc } from '@ethereumjs/evm'
import { concatBytes, hexToBytes } from '@opengradient/protocol'
import fc from 'fast-check'
import { expect } from 'vitest'
import { loadCrypto } from '../crypto/crypto.ts'
import { chainCommon } from '../executor/rules.ts'
import { ethereumPrecompiles } from '../precompiles/ethereum/ethereum.ts'

const common = chainCommon({ chainId: 1n }, await loadCrypto())
const originals = getActivePrecompiles(common)
const kernels = await ethereumPrecompiles()

/** The curves in JavaScript, as EthereumJS has them. */
export const noble = { bls: new NobleBLS(), bn254: new NobleBN254() }

const GAS = 60_000_000n

async function run(precompile: PrecompileFunc, data: Uint8Array, gasLimit: bigint): Promise<string> {
  const _EVM = { _bls: noble.bls, _bn254: noble.bn254 } as never
  const { exceptionError, executionGasUsed, returnValue } = await precompile({ data, gasLimit, common, _EVM })
  return `${exceptionError ? exceptionError.error : Buffer.from(returnValue).toString('hex')} for ${executionGasUsed} gas`
}

/** Runs a precompile with the kernels and as EthereumJS does, and expects the same outcome, which it returns: bytes in hex, or an error's name. */
export async function same(address: number, data: Uint8Array, gasLimit = GAS): Promise<string> {
  const original = originals.get(address.toString(16).padStart(40, '0'))!
  const [ours, theirs] = [await outcome(address, data, gasLimit), await run(original, data, gasLimit)]
  expect(ours).toBe(theirs)
  return ours
}

/** What a precompile says with the kernels alone. */
export async function outcome(address: number, data: Uint8Array, gasLimit = GAS): Promise<string> {
  const said = await run(kernels(address), data, gasLimit)
  mutants.__asked?.push({ address, data: Buffer.from(data).toString('hex'), gasLimit: String(gasLimit), said })
  return said
}

interface Asked {
  readonly address: number
  readonly data: string
  readonly gasLimit: string
  readonly said: string
}

/** `npm run mutate -- kernels` asks again what was asked once, and expects what was said then: EthereumJS takes longer to say the same. */
const mutants = globalThis as { __asked?: Asked[]; __askAgain?: (asked: Asked) => Promise<void> }
mutants.__askAgain = async ({ address, data, gasLimit, said }) => {
  expect(await run(kernels(address), Buffer.from(data, 'hex'), BigInt(gasLimit))).toBe(said)
}

export const number = (value: bigint, bytes: number): Uint8Array => hexToBytes(`0x${value.toString(16).padStart(2 * bytes, '0')}`)
export const zeros = (bytes: number): Uint8Array => new Uint8Array(bytes)
export const bigints = (bytes: Uint8Array, size: number): bigint[] =>
  Array.from({ length: bytes.length / size }, (_, i) =>
    BigInt(`0x${Buffer.from(bytes.subarray(i * size, (i + 1) * size)).toString('hex')}`),
  )

/** Scalars: any of 256 bits, and those at which decompositions and windows begin and end. */
export const scalarsOf = (order: bigint, ...lengths: bigint[]) => {
  const near = [0n, order, 2n * order, order / 2n, 2n ** 255n, ...lengths, ...lengths.map((length) => order - length)]
  const edges = near.flatMap((value) => [value - 1n, value, value + 1n]).concat(2n ** 256n - 1n)
  return fc
    .oneof(
      fc.bigInt(0n, 2n ** 256n - 1n),
      fc.constantFrom(...edges.filter((value) => value >= 0n && value < 2n ** 256n)),
      fc.bigInt(0n, 40n),
    )
    .map((value) => number(value, 32))
}

/** An input spoilt in one place: a byte changed, cut short or longer. */
export const spoilt = (input: Uint8Array) =>
  fc.oneof(
    fc
      .tuple(fc.nat(input.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, change]) => input.map((byte, i) => (i === at ? byte ^ change : byte))),
    fc.nat(input.length - 1).map((length) => input.subarray(0, length)),
    fc.uint8Array({ minLength: 1, maxLength: 200 }).map((more) => concatBytes(input, more)),
  )

/** Square root modulo p = 3 mod 4, if there is one. */
export function rootOf(a: bigint, p: bigint): bigint | undefined {
  const root = powerOf(a, (p + 1n) / 4n, p)
  return (root * root - a) % p === 0n ? root : undefined
}

function powerOf(base: bigint, exponent: bigint, p: bigint): bigint {
  let [result, square] = [1n, base % p]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % p
    square = (square * square) % p
  }
  return result
}

/** What is added to a number so that, as the kernels have it (R times as much, in limbs), one limb alone is another: by k, for each limb. */
export const inOneLimb = (p: bigint, limbs: number, bits: number): ((k: bigint) => bigint)[] => {
  const inverse = powerOf(2n ** BigInt(limbs * bits), p - 2n, p)
  return Array.from({ length: limbs }, (_, i) => (k: bigint) => ((k << BigInt(i * bits)) * inverse) % p)
}

/** The first point (x, y), of those at `x(1)`, `x(2)` and so on, with y² = `square(x)`. */
export function firstPoint(p: bigint, x: (k: bigint) => bigint, square: (x: bigint) => bigint): readonly [x: bigint, y: bigint] {
  for (let k = 1n; ; k++) {
    const y = rootOf(square(x(k)) % p, p)
    if (y !== undefined) return [x(k) % p, y]
  }
}

/** The first two points, one `value` beyond the other, of those at 1, 2 and so on: their sum is divided by twice that. `R`: how many times as much the kernels have for a number. */
export function apart(p: bigint, R: bigint, value: bigint, square: (x: bigint) => bigint): readonly (readonly [x: bigint, y: bigint])[] {
  const between = (value * powerOf(2n * R, p - 2n, p)) % p
  for (let x = 1n; ; x++) {
    const points = [x, (x + between) % p].map((x) => [x, rootOf(square(x) % p, p)] as const)
    if (points.every((point): point is readonly [bigint, bigint] => point[1] !== undefined)) return points
  }
}
