import type { RunState } from './runState.ts'

/** Up to here the price of memory is exact in a number. Memory that far costs more than any block has. */
const FAR = 1n << 30n

/** An opcode that reaches into memory from the offset on top of the stack. */
interface Reach {
  /** How many bytes: as many as this, or as the item this far below the top says. */
  readonly bytes?: number
  readonly lengthAt?: number
  /** Gas for each word of them. */
  readonly perWord?: number
}

const RETURNDATACOPY = 0x3e
const MCOPY = 0x5e

const REACHES = new Map<number, Reach>([
  [0x20, { lengthAt: 1, perWord: 6 }], // KECCAK256
  [0x37, { lengthAt: 2, perWord: 3 }], // CALLDATACOPY
  [0x39, { lengthAt: 2, perWord: 3 }], // CODECOPY
  [RETURNDATACOPY, { lengthAt: 2, perWord: 3 }],
  [MCOPY, { lengthAt: 2, perWord: 3 }],
  [0x51, { bytes: 32 }], // MLOAD
  [0x52, { bytes: 32 }], // MSTORE
  [0x53, { bytes: 1 }], // MSTORE8
  [0xf3, { lengthAt: 1 }], // RETURN
  [0xfd, { lengthAt: 1 }], // REVERT
])

const REACH = Array.from({ length: 256 }, (_, opcode) => REACHES.get(opcode))

/**
 * What an opcode that reaches into memory costs besides its base fee (yellow paper, appendix G and H); notes down that memory has grown.
 * Undefined for other opcodes, and where EthereumJS has to say what is wrong: too few items on the stack, memory that nobody can pay, or
 * more than was returned.
 */
export function memoryGas(state: RunState, opcode: number): number | undefined {
  const reach = REACH[opcode]
  if (!reach) return undefined
  const { lengthAt = 0, perWord = 0 } = reach
  const { _store: items, _len: height } = state.stack
  if (height <= lengthAt) return undefined
  const length = reach.bytes === undefined ? items[height - 1 - lengthAt]! : BigInt(reach.bytes)
  if (opcode === RETURNDATACOPY && items[height - 2]! + length > BigInt(state.returnBytes.length)) return undefined
  // Memory reaches to whichever is further, what is read or what is written.
  const offset = opcode === MCOPY && items[height - 2]! > items[height - 1]! ? items[height - 2]! : items[height - 1]!
  if (offset > FAR || length > FAR) return undefined
  const bytes = Number(length)
  return (bytes === 0 ? 0 : growth(state, Math.ceil((Number(offset) + bytes) / 32))) + perWord * Math.ceil(bytes / 32)
}

/** What it costs that memory reaches to the end of two areas, of which an empty one is nowhere; undefined as above. */
export function reachGas(state: RunState, at: bigint, length: bigint, otherAt: bigint, otherLength: bigint): number | undefined {
  if (length !== 0n && (at > FAR || length > FAR)) return undefined
  if (otherLength !== 0n && (otherAt > FAR || otherLength > FAR)) return undefined
  const end = length === 0n ? 0 : Number(at) + Number(length)
  const otherEnd = otherLength === 0n ? 0 : Number(otherAt) + Number(otherLength)
  return growth(state, Math.ceil(Math.max(end, otherEnd) / 32))
}

/** Makes memory at least `words` long and answers what that costs. */
function growth(state: RunState, words: number): number {
  if (words <= Number(state.memoryWordCount)) return 0
  const cost = 3 * words + Math.floor((words * words) / 512)
  const added = cost - Number(state.highestMemCost)
  state.memoryWordCount = BigInt(words)
  state.highestMemCost = BigInt(cost)
  return added
}
