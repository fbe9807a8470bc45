import { type EVMBLSInterface, EVMError } from '@ethereumjs/evm'
import { BLS12_WASM } from '../generated/kernels.ts'
import { toBigint } from '../state/account.ts'
import { GOOD, INFINITY, NOT_IN_FIELD, PAIRS, SECOND, TERMS_G1, TERMS_G2 } from './code.ts'
import { type Kernel, lazily } from './module.ts'

interface BlsKernel extends Kernel {
  addG1(): number
  addG2(): number
  beginG1(): void
  beginG2(): void
  termG1(at: number): number
  termG2(at: number): number
  sumG1(count: number): void
  sumG2(count: number): void
  endG1(): void
  endG2(): void
  beginPairs(): void
  addPair(): number
  pairsWaiting(): number
  runPairs(): number
  productIsOne(): number
  mapFpToG1(): number
  mapFp2ToG2(): number
}

const loaded = lazily<BlsKernel>(BLS12_WASM)

const G1 = 128
const G2 = 256
const SCALAR = 32
const PAIR = G1 + G2
/** Where the kernel finds the parts of a scalar, 16 bytes each. */
const MULTIPLES = 512
const ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n
const Z = 0xd201000000010000n

/** EIP-2537 on kernels in WebAssembly. Says of every input what EthereumJS' own implementation says. */
export class Bls implements EVMBLSInterface {
  /** `input`: two points, 256 bytes. They need not be in the subgroup. */
  addG1(input: Uint8Array): Uint8Array {
    const { kernel, area } = loaded()
    area.set(input)
    refuse(kernel.addG1(), false)
    return area.slice(0, G1)
  }

  /** `input`: two points, 512 bytes. They need not be in the subgroup. */
  addG2(input: Uint8Array): Uint8Array {
    const { kernel, area } = loaded()
    area.set(input)
    refuse(kernel.addG2(), true)
    return area.slice(0, G2)
  }

  mulG1(input: Uint8Array): Uint8Array {
    return this.msmG1(input)
  }

  mulG2(input: Uint8Array): Uint8Array {
    return this.msmG2(input)
  }

  /** `input`: points with their scalars, 160 bytes each. */
  msmG1(input: Uint8Array): Uint8Array {
    const { kernel, area } = loaded()
    kernel.beginG1()
    let terms = 0
    for (let at = 0; at < input.length; at += G1 + SCALAR) {
      const k = scalarAt(input, at + G1)
      area.set(input.subarray(at, at + G1))
      writeParts(area, [k % Z ** 2n, k / Z ** 2n])
      if (refuse(kernel.termG1(terms), false) !== INFINITY) terms++
      if (terms === TERMS_G1) {
        kernel.sumG1(terms)
        terms = 0
      }
    }
    kernel.sumG1(terms)
    kernel.endG1()
    return area.slice(0, G1)
  }

  /** `input`: points with their scalars, 288 bytes each. */
  msmG2(input: Uint8Array): Uint8Array {
    const { kernel, area } = loaded()
    kernel.beginG2()
    let terms = 0
    for (let at = 0; at < input.length; at += G2 + SCALAR) {
      const k = scalarAt(input, at + G2)
      area.set(input.subarray(at, at + G2))
      writeParts(area, [k % Z, (k / Z) % Z, (k / Z ** 2n) % Z, k / Z ** 3n])
      if (refuse(kernel.termG2(terms), true) !== INFINITY) terms++
      if (terms === TERMS_G2) {
        kernel.sumG2(terms)
        terms = 0
      }
    }
    kernel.sumG2(terms)
    kernel.endG2()
    return area.slice(0, G2)
  }

  /** `input`: pairs of 384 bytes. 32 bytes: 1 when the product of their pairings is one, otherwise 0. */
  pairingCheck(input: Uint8Array): Uint8Array {
    const { kernel, area } = loaded()
    kernel.beginPairs()
    for (let at = 0; at < input.length; at += PAIR) {
      area.set(input.subarray(at, at + PAIR))
      const code = kernel.addPair()
      // The first pair that is wrong says what is wrong; of those that wait it is only known now.
      if ((code !== GOOD || kernel.pairsWaiting() === PAIRS) && !kernel.runPairs()) throw notAPoint()
      refuse(code % SECOND, code > SECOND)
    }
    if (!kernel.runPairs()) throw notAPoint()
    const out = new Uint8Array(32)
    out[31] = kernel.productIsOne()
    return out
  }

  /** `input`: 64 bytes. */
  mapFPtoG1(input: Uint8Array): Uint8Array {
    const { kernel, area } = loaded()
    area.set(input)
    refuse(kernel.mapFpToG1(), true)
    return area.slice(0, G1)
  }

  /** `input`: 128 bytes. */
  mapFP2toG2(input: Uint8Array): Uint8Array {
    const { kernel, area } = loaded()
    area.set(input)
    refuse(kernel.mapFp2ToG2(), true)
    return area.slice(0, G2)
  }
}

const notAPoint = (): EVMError => new EVMError(EVMError.errorMessages.BLS_12_381_POINT_NOT_ON_CURVE)

/** Throws what EthereumJS throws, for coordinates of G1 beyond the field an error without a name of its own; of a y of zero this says more: it is no point's. */
function refuse(code: number, named: boolean): number {
  if (code === GOOD || code === INFINITY) return code
  if (code !== NOT_IN_FIELD) throw notAPoint()
  if (named) throw new EVMError(EVMError.errorMessages.BLS_12_381_FP_NOT_IN_FIELD)
  throw new RangeError('a coordinate is not in the field')
}

const scalarAt = (input: Uint8Array, at: number): bigint => toBigint(input.subarray(at, at + SCALAR)) % ORDER

function writeParts(area: Uint8Array, parts: readonly bigint[]): void {
  const view = new DataView(area.buffer, area.byteOffset + MULTIPLES)
  parts.forEach((part, i) => {
    view.setBigUint64(16 * i, part, true)
    view.setBigUint64(16 * i + 8, part >> 64n, true)
  })
}
