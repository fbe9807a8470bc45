import { WORDS_WASM } from '../generated/kernels.ts'
import { type Kernel, lazily } from './module.ts'

interface WordsKernel extends Kernel {
  blake2f(rounds: number, last: boolean): void
  beginPower(limbs: number): void
  beginPowerLow(limbs: number): void
  power(bytes: number): void
  endPower(): void
  beginPower64(): void
  power64(bytes: number): void
  endPower64(): void
}

/** The kernel of BLAKE2b's compression and of modular powers. */
export const words = lazily<WordsKernel>(WORDS_WASM)
