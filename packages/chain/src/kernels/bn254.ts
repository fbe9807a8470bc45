import { type EVMBN254Interface, EVMError } from '@ethereumjs/evm'
import { BN254_WASM } from '../generated/kernels.ts'
import { toBigint } from '../state/account.ts'
import { GOOD, NOT_IN_FIELD, PAIRS, SECOND } from './code.ts'
import { type Kernel, lazily } from './module.ts'

interface Bn254Kernel extends Kernel {
  addG1(): number
  mulG1(): number
  beginPairs(): void
  addPair(): number
  pairsWaiting(): number
  runPairs(): number
  productIsOne(): number
}

const loaded = lazily<Bn254Kernel>(BN254_WASM)

const POINT = 64
const PAIR = 192
/** Where the kernel finds the parts of a scalar, 16 bytes each, and their signs. */
const MULTIPLES = 512
const SIGNS = 544

/** The order of the curve, and two short vectors (a, b) with a + b·λ = 0 modulo it. */
const ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n
const A1 = 0x6f4d8248eeb859fd0be4e1541221250bn
const B1 = 0x89d3256894d213e3n
const A2 = 0x89d3256894d213e3n
const B2 = -0x6f4d8248eeb859fc8211bbeb7d4f1128n

/** EIP-196 and EIP-197 on kernels in WebAssembly. Says of every input what EthereumJS' own implementation says. */
export class Bn254 implements EVMBN254Interface {
  /** `input`: two points, 128 bytes. */
  add(input: Uint8Array): Uint8Array {
    const { kernel, area } = loaded()
    area.set(input.subarray(0, 2 * POINT))
    if (kernel.addG1() !== GOOD) throw new RangeError('not two points of BN254')
    return area.slice(0, POINT)
  }

  /** `input`: a point and a scalar, 96 bytes or more. */
  mul(input: Uint8Array): Uint8Array {
    const { kernel, area } = loaded()
    area.set(input.subarray(0, POINT))
    const parts = split(toBigint(input.subarray(POINT, 96)) % ORDER)
    parts.forEach((part, i) => {
      const size = part < 0n ? -part : part
      const view = new DataView(area.buffer, area.byteOffset + MULTIPLES + 16 * i)
      view.setBigUint64(0, size, true)
      view.setBigUint64(8, size >> 64n, true)
      area[SIGNS + i] = part < 0n ? 1 : 0
    })
    if (kernel.mulG1() !== GOOD) throw new RangeError('not a point of BN254')
    return area.slice(0, POINT)
  }

  /** `input`: pairs of 192 bytes. 32 bytes: 1 when the product of their pairings is one, otherwise 0. */
  pairing(input: Uint8Array): Uint8Array {
    const { kernel, area } = loaded()
    kernel.beginPairs()
    for (let at = 0; at < input.length; at += PAIR) {
      area.set(input.subarray(at, at + PAIR))
      const code = kernel.addPair()
      // The first pair that is wrong says what is wrong; of those that wait it is only known now.
      if (code !== GOOD || kernel.pairsWaiting() === PAIRS) if (!kernel.runPairs()) throw new RangeError('not a point of G2 of BN254')
      if (code === SECOND + NOT_IN_FIELD) throw new EVMError(EVMError.errorMessages.BN254_FP_NOT_IN_FIELD)
      if (code !== GOOD) throw new RangeError('not points of BN254')
    }
    if (!kernel.runPairs()) throw new RangeError('not a point of G2 of BN254')
    const out = new Uint8Array(32)
    out[31] = kernel.productIsOne()
    return out
  }
}

/** a and b with a + b·λ = k modulo the order, both below 2^127: k less the nearest point of the lattice. */
function split(k: bigint): readonly [bigint, bigint] {
  const c1 = (-B2 * k + ORDER / 2n) / ORDER
  const c2 = (B1 * k + ORDER / 2n) / ORDER
  return [k - c1 * A1 - c2 * A2, -c1 * B1 - c2 * B2]
}
