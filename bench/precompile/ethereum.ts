import { ethereumPrecompiles } from '@opengradient/chain'
import { concatBytes, hexToBytes } from '@opengradient/protocol'
import type { Call } from './index.ts'

const number = (value: bigint, bytes: number): Uint8Array => hexToBytes(`0x${value.toString(16).padStart(2 * bytes, '0')}`)
const times = (count: number, bytes: Uint8Array): Uint8Array => concatBytes(...Array<Uint8Array>(count).fill(bytes))
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 151 + 91 + (i >> 3)) & 255)
const SCALAR = number(0x73eda753299d7d483339d80809a1d80553bda402fffe5bfefffffffe55555555n, 32)

const G1 = concatBytes(number(1n, 32), number(2n, 32))
const G2 = hexToBytes(
  '0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa',
)

/** A power modulo a number of `length` bytes whose last are zero, if `twos`, with an exponent of ones. */
function power(length: number, exponent: number, twos = 0): Uint8Array {
  const modulus = bytes(length)
  modulus[0]! |= 128
  modulus[length - twos - 1]! |= 1
  modulus.fill(0, length - twos)
  const lengths = [length, exponent, length].map((size) => number(BigInt(size), 32))
  return concatBytes(...lengths, bytes(length), new Uint8Array(exponent).fill(255), modulus)
}

/** Calls of Ethereum's precompiles that take long for their gas. */
export async function ethereumCalls(): Promise<Record<string, Call>> {
  const precompile = await ethereumPrecompiles()
  const call = (address: number, data: Uint8Array, length: number): Call => ({
    precompile: precompile(address),
    data,
    answers: (returned) => returned.length === length,
  })
  const returned = async (address: number, data: Uint8Array) =>
    (await precompile(address)({ data, gasLimit: 1_000_000n } as Parameters<Call['precompile']>[0])).returnValue
  const element = number(0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffff0000n, 64)
  const pair = concatBytes(element, number(5n, 64))
  const [p, q] = [await returned(0x10, element), await returned(0x11, pair)]
  const [point, other] = [
    await returned(7, concatBytes(G1, SCALAR)),
    await returned(7, concatBytes(G1, number(12_345_678_901_234_567n, 32))),
  ]
  return {
    'BN254 add': call(6, concatBytes(point, other), 64),
    'BN254 mul': call(7, concatBytes(point, SCALAR), 64),
    'BN254 pairing': call(8, concatBytes(point, G2), 32),
    'BN254 64 pairings': call(8, times(64, concatBytes(point, G2)), 32),
    'blake2f, 100,000 rounds': call(9, concatBytes(number(100_000n, 4), bytes(208), Uint8Array.of(1)), 64),
    'BLS12-381 add on G1': call(0x0b, concatBytes(p, p), 128),
    'BLS12-381 mul on G1': call(0x0c, concatBytes(p, SCALAR), 128),
    'BLS12-381 128 mul on G1': call(0x0c, times(128, concatBytes(p, SCALAR)), 128),
    'BLS12-381 add on G2': call(0x0d, concatBytes(q, q), 256),
    'BLS12-381 mul on G2': call(0x0e, concatBytes(q, SCALAR), 256),
    'BLS12-381 128 mul on G2': call(0x0e, times(128, concatBytes(q, SCALAR)), 256),
    'BLS12-381 pairing': call(0x0f, concatBytes(p, q), 32),
    'BLS12-381 64 pairings': call(0x0f, times(64, concatBytes(p, q)), 32),
    'BLS12-381 map to G1': call(0x10, element, 128),
    'BLS12-381 map to G2': call(0x11, pair, 256),
    ...Object.fromEntries(
      [8, 16, 32, 40, 72, 256, 1024].map((length) => [`modexp ${length} bytes`, call(5, power(length, length > 100 ? 60 : 600), length)]),
    ),
    'modexp 16 bytes, half of them zero': call(5, power(16, 400, 8), 16),
    'modexp 8 bytes, exponent of 3': call(5, power(8, 3), 8),
    'modexp 192 bytes, exponent of 1': call(5, power(192, 1), 192),
  }
}
