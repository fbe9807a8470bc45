import type { Address, Hex } from '@opengradient/protocol'
import type { BlockId } from '../codec/blockId.ts'
import { blockId, LATEST } from '../codec/blockId.ts'
import { invalidParams, limitExceeded } from '../codec/error.ts'
import { data, quantity, word } from '../codec/hex.ts'
import { address, type Decoder, listOf, optional, proofKey, record, required, storageKey } from '../codec/params.ts'
import { isPending, needHeader, type RpcContext, type RpcMethod, rpcMethod } from '../context.ts'

const MAX_PROOF_KEYS = 1_024
const MAX_SLOTS = 1_024
const atBlock = optional(blockId, LATEST)

/** Slots to read, by account. */
const slotsByAccount: Decoder<[Address, Hex[]][]> = (value, where) => {
  const entries = Object.entries(record(value, where))
  if (entries.length === 0) throw invalidParams('empty request')
  const wanted = entries.map(([account, slots]): [Address, Hex[]] => [
    address(account, where),
    listOf(storageKey, MAX_SLOTS)(slots, `${where}.${account}`),
  ])
  const count = wanted.reduce((sum, [, slots]) => sum + slots.length, 0)
  if (count > MAX_SLOTS) throw limitExceeded(`${count} slots: at most ${MAX_SLOTS} are answered at once`)
  return wanted
}

/** Accounts, code and storage after a block, with proofs. Unknown accounts are empty. */
export const stateMethods: Readonly<Record<string, RpcMethod>> = {
  eth_getBalance: rpcMethod([required(address), atBlock], async (context, [account, id]) =>
    quantity((await stateAt(context, id).account(account))?.balance ?? 0n),
  ),

  /** At `pending`: the nonce for the next transaction, after those of the pool that can run. */
  eth_getTransactionCount: rpcMethod([required(address), atBlock], async (context, [account, id]) => {
    const committed = (await stateAt(context, id).account(account))?.nonce ?? 0n
    const pooled = isPending(id) ? (context.chain.pool.nextNonce(account) ?? 0n) : 0n
    return quantity(pooled > committed ? pooled : committed)
  }),

  eth_getCode: rpcMethod([required(address), atBlock], async (context, [account, id]) => data(await stateAt(context, id).code(account))),

  eth_getStorageAt: rpcMethod([required(address), required(storageKey), atBlock], async (context, [account, slot, id]) =>
    word(await stateAt(context, id).storage(account, slot)),
  ),

  /** Slots of several accounts at once. */
  eth_getStorageValues: rpcMethod([required(slotsByAccount), atBlock], async (context, [wanted, id]) => {
    const state = stateAt(context, id)
    const read = (account: Address, slots: readonly Hex[]) =>
      Promise.all(slots.map(async (slot) => word(await state.storage(account, slot))))
    return Object.fromEntries(await Promise.all(wanted.map(async ([account, slots]) => [account, await read(account, slots)])))
  }),

  eth_getProof: rpcMethod(
    [required(address), required(listOf(proofKey, MAX_PROOF_KEYS)), atBlock],
    async (context, [account, keys, id]) => {
      const {
        account: view,
        accountProof,
        storage,
      } = await stateAt(context, id).proof(
        account,
        keys.map(({ slot }) => slot),
      )
      return {
        address: account,
        accountProof,
        balance: quantity(view.balance),
        codeHash: view.codeHash,
        nonce: quantity(view.nonce),
        storageHash: view.storageRoot,
        storageProof: storage.map(({ value, proof }, index) => ({ key: keys[index]!.shown, value: quantity(value), proof })),
      }
    },
  ),
}

const stateAt = ({ chain }: RpcContext, id: BlockId) => chain.state(needHeader(chain, id).height)
