import { Block, type BlockHeader } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import type { TypedTransaction } from '@ethereumjs/tx'
import { bytesToHex, type Hex } from '@opengradient/protocol'
import type { ChainBlock, ReadTransaction } from '../chain.ts'
import { headLength } from '../trie/encode.ts'
import { encodeBytes, encodeList } from '../trie/rlp.ts'

/** A transaction of a block, with EthereumJS's object for who asks. */
export interface IncludedTransaction extends ReadTransaction {
  readonly inner: TypedTransaction
}

/** A committed block. Its transactions become EthereumJS's objects when somebody first asks for them: most blocks are only made and counted. */
export function lazyBlock(header: BlockHeader, hash: Hex, transactions: readonly IncludedTransaction[], common: Common): ChainBlock {
  const block = new Block(header, [], [], [], { common, freeze: false })
  let made: TypedTransaction[] | undefined
  Object.defineProperty(block, 'transactions', {
    enumerable: true,
    get: () => {
      made ??= transactions.map(({ inner }) => inner)
      return made
    },
  })
  const size = sizeOf(
    header,
    transactions.map(({ raw }) => raw),
  )
  return { height: header.number, hash, block, hashes: transactions.map(({ hash }) => hash), size, included: transactions }
}

/** A block whose transactions are there already. */
export function wholeBlock(block: Block, hash: Hex = bytesToHex(block.hash())): ChainBlock {
  const hashes = block.transactions.map((transaction) => bytesToHex(transaction.hash()))
  return { height: block.header.number, hash, block, hashes, size: block.serialize().length }
}

/** Length of the block as RLP: the header, the transactions (typed ones as byte strings), no uncles, no withdrawals. */
function sizeOf(header: BlockHeader, raws: readonly Uint8Array[]): number {
  const body = raws.reduce((sum, raw) => sum + raw.length + (raw[0]! < 0xc0 ? headLength(raw.length) : 0), 0)
  const payload = header.serialize().length + body + headLength(body) + 2
  return payload + headLength(payload)
}

/** The block as RLP, made of the bytes that are there if they are: to have EthereumJS read the transactions first takes ten times as long. */
export function blockBytes({ block, included }: ChainBlock): Uint8Array {
  if (!included) return block.serialize()
  const transactions = encodeList(included.map(({ raw }) => (raw[0]! < 0xc0 ? encodeBytes(raw) : raw)))
  return encodeList([block.header.serialize(), transactions, NO_ITEMS, NO_ITEMS])
}

/** Neither uncles nor withdrawals. */
const NO_ITEMS = Uint8Array.of(0xc0)
