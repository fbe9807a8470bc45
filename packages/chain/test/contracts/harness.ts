import { createRequire } from 'node:module'
import { createBlock } from '@ethereumjs/block'
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { Caches, MerkleStateManager } from '@ethereumjs/statemanager'
import { createAccount, createAddressFromString, hexToBytes } from '@ethereumjs/util'
import { ADDRESSES } from '@opengradient/contracts'
import { type Allocation, predeploys } from '@opengradient/contracts/artifacts'
import { type Address, bytesToHex, type Domain, type Hex, setFastHashes, setFastSign } from '@opengradient/protocol'
import { loadCrypto } from '../../src/crypto/crypto.ts'

/**
 * The contracts of the genesis on a bare EVM, without blocks, fees or transactions: a call is one message, and time is what the
 * test says. Constructors run at the predeploy addresses, as in a genesis.
 */
export interface World {
  readonly chainId: bigint
  readonly domain: Domain
  /** Block time, unix seconds, and how to move it. */
  now(): bigint
  advance(seconds: bigint | number): void
  /** Block number, and how to move it. */
  height(): bigint
  mine(): void
  /** One message; its effects stay unless it fails. */
  send(message: Message): Promise<Outcome>
  /** One message whose effects are thrown away. */
  peek(message: Message): Promise<Outcome>
  balance(account: Address): Promise<bigint>
  storage(account: Address, slot: Hex): Promise<bigint>
  code(account: Address): Promise<Hex>
  /** Puts runtime code at an address: a payer's contract wallet, an attacker's contract. */
  setCode(account: Address, code: Hex): Promise<void>
  /** Runs `attempt` and takes back whatever it did. */
  undoing<T>(attempt: () => Promise<T>): Promise<T>
}

export interface Message {
  readonly from: Address
  /** Absent: creates a contract. */
  readonly to?: Address
  readonly data?: Hex
  readonly value?: bigint
  readonly gas?: bigint
}

export interface Outcome {
  readonly ok: boolean
  /** What the call returned, or the data it reverted with. */
  readonly data: Hex
  /** Gas of the execution, refunds subtracted; intrinsic and calldata gas not included. */
  readonly gas: bigint
  readonly logs: readonly { readonly address: Address; readonly topics: readonly Hex[]; readonly data: Hex }[]
  readonly created: Address | undefined
  /** EVM exception, like `revert` or `out of gas`. */
  readonly exception: string | undefined
}

export interface WorldOptions {
  readonly chainId?: bigint
  /** Unix seconds of the genesis. */
  readonly time?: bigint
  /** Who has native OPG from the start, out of the ecosystem share. */
  readonly faucets?: readonly { readonly address: Address; readonly amount: bigint }[]
  readonly beneficiaries?: Allocation['beneficiaries']
}

/** Beneficiaries that no test confuses with anybody else: 0x00…be00 to 0x00…be06. */
export const BENEFICIARIES = [0, 1, 2, 3, 4, 5, 6].map(
  (id) => `0x${(0xbe00 + id).toString(16).padStart(40, '0')}`,
) as unknown as Allocation['beneficiaries']

const BLOCK_GAS = 100_000_000n
const fast = await loadCrypto()
setFastHashes({ keccak256: fast.keccak, sha256: fast.sha256 })
useNativeSigning()

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const chainId = options.chainId ?? 2n ** 40n + 7n
  const faucets = options.faucets ?? []
  const common = createCustomCommon({ chainId: Number(chainId) }, Mainnet, {
    hardfork: Hardfork.Prague,
    customCrypto: { keccak256: fast.keccak, sha256: fast.sha256, ecrecover: fast.recover },
  })
  const state = new MerkleStateManager({ common, caches: new Caches() })
  const evm = await createEVM({ common, stateManager: state })
  await state.checkpoint()

  let time = options.time ?? 1_900_000_000n
  let height = 1n
  let block = makeBlock()
  function makeBlock() {
    return createBlock(
      { header: { number: height, timestamp: time, gasLimit: BLOCK_GAS, baseFeePerGas: 0n } },
      { common, skipConsensusFormatValidation: true },
    )
  }

  const at = (address: Address) => createAddressFromString(address)
  const put = async (address: Address, balance: bigint, code: Hex) => {
    await state.putAccount(at(address), createAccount({ balance }))
    if (code !== '0x') await state.putCode(at(address), hexToBytes(code))
  }

  async function send({ from, to, data = '0x', value = 0n, gas = BLOCK_GAS }: Message): Promise<Outcome> {
    const { execResult, createdAddress } = await evm.runCall({
      block,
      caller: at(from),
      origin: at(from),
      ...(to === undefined ? {} : { to: at(to) }),
      data: hexToBytes(data),
      value,
      gasLimit: gas,
      gasPrice: 0n,
    })
    evm.transientStorage.clear()
    evm.journal.cleanJournal()
    const refund = execResult.gasRefund ?? 0n
    const most = execResult.executionGasUsed / 5n
    return {
      ok: execResult.exceptionError === undefined,
      data: bytesToHex(execResult.returnValue),
      gas: execResult.executionGasUsed - (refund < most ? refund : most),
      logs: (execResult.exceptionError ? [] : (execResult.logs ?? [])).map(([address, topics, body]) => ({
        address: bytesToHex(address),
        topics: topics.map(bytesToHex),
        data: bytesToHex(body),
      })),
      created: createdAddress?.toString() as Address | undefined,
      exception: execResult.exceptionError?.error,
    }
  }

  async function undoing<T>(attempt: () => Promise<T>): Promise<T> {
    await state.checkpoint()
    try {
      return await attempt()
    } finally {
      await state.revert()
    }
  }

  const paid = faucets.reduce((sum, faucet) => sum + faucet.amount, 0n)
  for (const { address, amount } of faucets) await put(address, amount, '0x')
  for (const { name, address, initCode, balance } of predeploys({
    start: time,
    beneficiaries: options.beneficiaries ?? BENEFICIARIES,
    alreadyPaid: paid,
  })) {
    await put(address, balance, initCode)
    const { ok, data, exception } = await send({ from: '0xfffffffffffffffffffffffffffffffffffffffe', to: address })
    if (!ok) throw new Error(`The constructor of ${name} failed: ${exception} ${data}`)
    await state.putCode(at(address), hexToBytes(data))
  }

  return {
    chainId,
    domain: { chainId, settlement: ADDRESSES.settlement },
    now: () => time,
    advance(seconds) {
      time += BigInt(seconds)
      block = makeBlock()
    },
    height: () => height,
    mine() {
      height += 1n
      block = makeBlock()
    },
    send,
    peek: (message) => undoing(() => send(message)),
    balance: async (account) => (await state.getAccount(at(account)))?.balance ?? 0n,
    async storage(account, slot) {
      const value = await state.getStorage(at(account), hexToBytes(slot))
      return value.length === 0 ? 0n : BigInt(bytesToHex(value))
    },
    code: async (account) => bytesToHex(await state.getCode(at(account))),
    setCode: (account, code) => state.putCode(at(account), hexToBytes(code)),
    undoing,
  }
}

/** libsecp256k1 where there is a binary for this machine; noble stays otherwise. */
function useNativeSigning(): void {
  try {
    const native = createRequire(import.meta.url)('secp256k1/bindings.js') as {
      ecdsaSign(digest: Uint8Array, key: Uint8Array): { signature: Uint8Array; recid: number }
    }
    setFastSign((digest, key) => {
      const { signature, recid } = native.ecdsaSign(digest, key)
      return { signature, recovery: recid }
    })
  } catch {
    setFastSign()
  }
}
