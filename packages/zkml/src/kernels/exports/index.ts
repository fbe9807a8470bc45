import type { Memory } from '../webassembly.ts'
import type { CommitExports } from './commit.ts'
import type { ContractExports } from './contract.ts'
import type { FieldExports } from './field.ts'
import type { HashExports } from './hash.ts'
import type { MultilinearExports } from './multilinear.ts'
import type { SumcheckExports } from './sumcheck.ts'
import type { WindowExports } from './window.ts'

/** Everything the WebAssembly module exports. Pointers are byte offsets into its memory, aligned to 8 unless said otherwise. */
export interface KernelExports
  extends FieldExports,
    HashExports,
    MultilinearExports,
    ContractExports,
    CommitExports,
    SumcheckExports,
    WindowExports {
  readonly memory: Memory
  /** First byte that the module itself does not use. */
  heapBase(): number
  /** Address of a permanent area of 1024 bytes for interned labels. */
  labelArea(): number
  /** How many threads take parts of passes, at most 16; 1 from the start. SPEC appendix B. */
  setThreads(n: number): void
  /** Part `i` of the pass at `pass`, of which `fork` was told. */
  part(pass: number, i: number): void
}
