import type { Address, Hex } from '@opengradient/protocol'
import type { BlockId } from '../codec/blockId.ts'
import { blockId, LATEST } from '../codec/blockId.ts'
import { invalidParams, limitExceeded } from '../codec/error.ts'
import { data, quantity, word } from '../codec/hex.ts'
import { LongJson } from '../codec/longJson.ts'
import { address, type Decoder, listOf, optional, proofKey, record, required, storageKey } from '../codec/params.ts'
import { isPending, needHeader, type RpcContext, type RpcMethod, rpcMethod } from '../context.ts'
import { slicing } from '../scanning.ts'

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
  eth_getStorageValues: rpcMethod([required(slotsByAccount), atBlock], (context, [wanted, id]) => {
    const state = stateAt(context, id)
    const count = wanted.reduce((sum, [, slots]) => sum + slots.length, 0)
    return slicing(context, count * LEAST_PROOF, async (patience) => {
      const found: Record<Address, Hex[]> = {}
      for (const [account, slots] of wanted) {
        const values: Hex[] = []
        for (const slot of slots) {
          const turn = patience.turn()
          if (turn) await turn
          values.push(word(await state.storage(account, slot)))
        }
        found[account] = values
      }
      return found
    })
  }),

  eth_getProof: rpcMethod([required(address), required(listOf(proofKey, MAX_PROOF_KEYS)), atBlock], (context, [account, keys, id]) => {
    const state = stateAt(context, id)
    return slicing(context, keys.length * LEAST_PROOF, async (patience) => {
      const { account: view, accountProof } = await state.proof(account, [])
      const head = {
        address: account,
        accountProof,
        balance: quantity(view.balance),
        codeHash: view.codeHash,
        nonce: quantity(view.nonce),
        storageHash: view.storageRoot,
      }
      const json = new LongJson(patience, context.limits.maxResponseChars, 'ask for fewer keys')
      json.add(`${JSON.stringify(head).slice(0, -1)},"storageProof":[`)
      let comma = ''
      for (const { shown, slot } of keys) {
        const turn = patience.turn()
        if (turn) await turn
        const { storage } = await state.proof(account, [slot])
        const { value, proof } = storage[0]!
        json.add(comma + JSON.stringify({ key: shown, value: quantity(value), proof }))
        comma = ','
      }
      json.add(']}')
      return json.finish()
    })
  }),
}

/** Bytes that are read for one slot, at least. */
const LEAST_PROOF = 600

const stateAt = ({ chain }: RpcContext, id: BlockId) => chain.state(needHeader(chain, id).height)
