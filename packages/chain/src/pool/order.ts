import type { SenderQueue } from './sender.ts'
import type { Fees, PoolTransaction } from './transaction.ts'

/** What the proposer earns per gas, in wei; negative when the transaction cannot pay the base fee. */
export function tipOf({ maxFeePerGas, maxPriorityFeePerGas }: Fees, baseFee: bigint): bigint {
  const room = maxFeePerGas - baseFee
  return room < maxPriorityFeePerGas ? room : maxPriorityFeePerGas
}

/** Best first: the higher tip, then the earlier arrival. */
const before = (a: Candidate, b: Candidate) => (a.tip === b.tip ? a.transaction.arrival < b.transaction.arrival : a.tip > b.tip)

interface Candidate {
  readonly transaction: PoolTransaction
  readonly tip: bigint
  readonly sender: SenderQueue
}

/**
 * The executable transactions that can pay `baseFee`, best tip first and each sender's in nonce order. Lazy: taking the
 * first k of n senders' transactions costs n + k·log n. A caller that finds one invalid says so with `next(true)`: the
 * rest of that sender is then left out.
 */
export function* bestFirst(senders: Iterable<SenderQueue>, baseFee: bigint): Generator<PoolTransaction, void, boolean | undefined> {
  const heap: Candidate[] = []
  const push = (sender: SenderQueue, nonce: bigint) => {
    const transaction = sender.at(nonce)
    if (!transaction) return
    const tip = tipOf(transaction, baseFee)
    if (tip >= 0n) siftUp(heap, { transaction, tip, sender })
  }
  for (const sender of senders) push(sender, sender.nonce)
  for (let best = pop(heap); best; best = pop(heap)) {
    const skipSender = yield best.transaction
    if (!skipSender) push(best.sender, best.transaction.nonce + 1n)
  }
}

function siftUp(heap: Candidate[], item: Candidate): void {
  let at = heap.push(item) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!before(item, heap[parent]!)) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = item
}

function pop(heap: Candidate[]): Candidate | undefined {
  const top = heap[0]
  const last = heap.pop()
  if (heap.length > 0 && last) siftDown(heap, last)
  return top
}

function siftDown(heap: Candidate[], item: Candidate): void {
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1
    if (!before(heap[child]!, item)) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = item
}
