import type { Address } from '@opengradient/protocol'

/** What a model takes of a price: royalty in 1/10,000 with a floor, the parent's part of it in 1/10,000. */
export interface Terms {
  readonly author: Address
  readonly royaltyBps: bigint
  readonly minRoyalty: bigint
  readonly parentAuthor: Address | undefined
  readonly parentShareBps: bigint
}

/** How one price is divided, in OPG wei. The specification of the money in `Settlement`, in as few lines as it takes. */
export function shares(price: bigint, terms: Terms, feeBps: bigint) {
  const rate = (price * terms.royaltyBps) / 10_000n
  const royalty = rate > terms.minRoyalty ? rate : terms.minRoyalty
  const parent = terms.parentAuthor === undefined ? 0n : (royalty * terms.parentShareBps) / 10_000n
  const half = (price * feeBps) / 20_000n
  const node = price - royalty - 2n * half
  if (node < 0n) throw new RangeError('the price does not cover royalty and fee')
  return { node, author: royalty - parent, parent, rewards: half, treasury: half }
}

/** Amounts by account, in wei. */
export type Book = Map<Address, bigint>

/** Everything that money can be in: native OPG, WOPG, credits in Settlement, bonds in Nodes. */
export interface Ledger {
  readonly native: Book
  readonly wopg: Book
  readonly credits: Book
  readonly bonds: Book
}

export const emptyLedger = (): Ledger => ({ native: new Map(), wopg: new Map(), credits: new Map(), bonds: new Map() })

/** Adds `amount` (negative to take); nothing goes below zero. */
export function add(book: Book, account: Address, amount: bigint): void {
  const next = (book.get(account) ?? 0n) + amount
  if (next < 0n) throw new RangeError(`${account} would have ${next}`)
  book.set(account, next)
}

/** Moves `amount` inside a book or from one book to another. */
export function move(from: Book, payer: Address, to: Book, payee: Address, amount: bigint): void {
  add(from, payer, -amount)
  add(to, payee, amount)
}

export const sumOf = (book: Book): bigint => [...book.values()].reduce((sum, amount) => sum + amount, 0n)
