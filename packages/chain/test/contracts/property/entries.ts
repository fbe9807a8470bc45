import { ADDRESSES, tillOf } from '@opengradient/contracts'
import { type Address, type Hex, type Receipt, ZERO_ADDRESS, ZERO_HASH } from '@opengradient/protocol'
import { type Entry, type EntryOptions, HOUR, hashOf, highS, makeEntry, signReceipt } from '../scenario.ts'
import { anyAmount, anyKey, anyNode, anyPlayer, type Game, keyOf } from './game.ts'

const REMEMBERED = 200

/** Notes what a payer has signed, for ever: the most it may lose. */
export function noteSigned(game: Game, payer: Address, nonce: Hex, to: Address, value: bigint): void {
  const key = `${payer} ${nonce}`
  game.signed.set(key, [...(game.signed.get(key) ?? []), { to, value }])
}

/** A payment and a receipt for it: usually fine, often with one lie in it, sometimes stolen. */
export async function anyEntry(game: Game): Promise<Entry> {
  const { random, seen } = game
  const entry = seen.length > 0 && random.oneIn(5) ? await stolen(game, random.pick(seen)) : await fresh(game)
  seen.push(entry)
  if (seen.length > REMEMBERED) seen.shift()
  return entry
}

async function fresh(game: Game): Promise<Entry> {
  const { random, world, models, seen } = game
  const node = anyNode(game)
  const payer = anyPlayer(game)
  const key = await keyOf(game, node.address)
  const modelId = models.size === 0 ? ZERO_HASH : random.pick([...models.keys()])
  const honest: EntryOptions & { receipt: Partial<Receipt> } = {
    payer,
    receiptKey: key,
    price: anyAmount(game),
    nonce: seen.length > 0 && random.oneIn(20) ? random.pick(seen).payment.nonce : hashOf(`nonce ${random.bigBelow(2n ** 128n)}`),
    receipt: { node: node.address, modelId },
  }
  const options = random.oneIn(3) ? { ...honest, ...lie(game, honest) } : honest
  const entry = makeEntry({ world, payer, node, key, modelId }, options)
  if (options.chainId === undefined) {
    const to = options.authorisation?.to ?? tillOf(entry.receipt.node)
    noteSigned(game, payer.address, entry.payment.nonce, to, options.authorisation?.value ?? entry.receipt.price)
  }
  return random.oneIn(40) ? { ...entry, signature: highS(entry.signature) } : entry
}

/** One thing that is not as it should be. */
function lie(game: Game, honest: EntryOptions & { receipt: Partial<Receipt> }): EntryOptions {
  const { random, world } = game
  const price = honest.price ?? 0n
  const receipt = (change: Partial<Receipt>): EntryOptions => ({ receipt: { ...honest.receipt, ...change } })
  return random.pick([
    () => receipt({ payer: anyPlayer(game).address }),
    () => receipt({ payer: ZERO_ADDRESS }),
    () => receipt({ price: price + 1n + anyAmount(game) }),
    () => receipt({ paymentId: hashOf('forged') }),
    () => receipt({ modelId: hashOf('unknown') }),
    () => receipt({ issuedAt: world.now() - HOUR - random.bigBelow(10n) }),
    () => receipt({ issuedAt: world.now() + HOUR + random.bigBelow(10n) }),
    () => receipt({ level: random.pick([1, 2, 129] as const) }),
    () => receipt({ proofRef: hashOf('proof') }),
    () => ({ receiptKey: anyKey(game) }),
    () => ({ receiptKey: anyPlayer(game) }),
    () => ({ chainId: world.chainId + 1n }),
    () => ({ authorisation: { value: price + 1n } }),
    () => ({ authorisation: { value: price / 2n } }),
    () => ({ authorisation: { to: tillOf(anyPlayer(game).address) } }),
    () => ({ authorisation: { to: anyPlayer(game).address } }),
    () => ({ authorisation: { to: ADDRESSES.settlement } }),
    () => ({ authorisation: { validBefore: world.now() } }),
    () => ({ authorisation: { validAfter: world.now() } }),
  ] as const)()
}

/** Somebody else's payment, with a receipt changed in favour of whoever holds the key. */
async function stolen(game: Game, entry: Entry): Promise<Entry> {
  const { random } = game
  const thief = anyNode(game)
  const receipt: Receipt = random.pick([
    { ...entry.receipt },
    { ...entry.receipt, node: thief.address },
    { ...entry.receipt, price: entry.receipt.price + 1n },
    { ...entry.receipt, responseHash: hashOf(`answer ${random.below(5)}`) },
    { ...entry.receipt, issuedAt: game.world.now() },
  ])
  const key = await keyOf(game, receipt.node)
  return { ...entry, receipt, signature: signReceipt({ world: game.world, key }, receipt, key) }
}
