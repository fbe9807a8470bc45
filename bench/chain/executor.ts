import { createBlock } from '@ethereumjs/block'
import { Caches, MerkleStateManager } from '@ethereumjs/statemanager'
import { createTxFromRLP } from '@ethereumjs/tx'
import { createAccount, createAddressFromString } from '@ethereumjs/util'
import { createVM, runTx, type VM } from '@ethereumjs/vm'
import { type Chain, createChain, makeGenesis } from '@opengradient/chain'
import { DEV_ACCOUNTS, devAccount } from '@opengradient/protocol'
import { median, spread } from '../measure/stats.ts'
import { CHAIN_ID, GENESIS_TIME, OPG, type Wallet } from '../measure/wallet.ts'
import { type Kind, SENDERS, workload } from './workloads.ts'

/** How much faster our executor is than EthereumJS's VM on its Merkle state manager, with the same keccak and signature recovery. */
export interface ExecutorResult {
  readonly erc20_ratio: number
  readonly storage_ratio: number
}

const ROUNDS = 5
const BLOCK = 200
const BALANCE = 10_000n * OPG

type RunBlock = (raws: readonly Uint8Array[]) => Promise<number>

/** Both in memory and in this process, in turns; senders are recovered before the clock runs. Ours also stores the block and its receipts. */
export async function measureExecutor(progress: (line: string) => void): Promise<ExecutorResult> {
  const ratio = async (kind: Kind): Promise<number> => {
    const work = await workload(kind)
    const chain = await ourChain(work.senders)
    const sides: readonly RunBlock[] = [ours(chain), await theirs(chain, work.senders)]
    const all: Uint8Array[] = [...work.preparation]
    for (let left = (ROUNDS + 2) * BLOCK; left > 0; left -= SENDERS) all.push(...(await work.next()))
    const seconds: number[][] = [[], []]
    for (const run of sides) await run(work.preparation)
    for (let round = 0; round <= ROUNDS; round++) {
      const raws = all.slice(work.preparation.length + round * BLOCK, work.preparation.length + (round + 1) * BLOCK)
      for (const [side, run] of round % 2 ? [...sides.entries()] : [...sides.entries()].reverse()) {
        const took = await run(raws)
        // The first round warms up.
        if (round > 0) seconds[side]!.push(took)
      }
    }
    await chain.close()
    const rates = seconds.map((values) => values.map((took) => BLOCK / took))
    progress(`executor, ${kind}: ours ${spread(rates[0]!, 0)} a second, EthereumJS ${spread(rates[1]!, 0)}`)
    return median(rates[0]!) / median(rates[1]!)
  }
  return { erc20_ratio: await ratio('erc20'), storage_ratio: await ratio('storage') }
}

async function ourChain(senders: readonly Wallet[]): Promise<Chain> {
  const validator = devAccount(CHAIN_ID, DEV_ACCOUNTS.validator)
  const faucets = senders.map(({ address }) => ({ address, amount: BALANCE }))
  const genesis = await makeGenesis({ chainId: CHAIN_ID, validator: validator.address, faucets, time: GENESIS_TIME })
  const clock = { now: () => Number(GENESIS_TIME) * 1_000, after: () => () => {} }
  return createChain({ memory: true, genesis, validatorKey: validator.privateKey, clock })
}

function ours(chain: Chain): RunBlock {
  return async (raws) => {
    for (const raw of raws) await chain.submit(raw)
    const started = performance.now()
    let included = 0
    while (included < raws.length) {
      const block = await chain.mine!()
      if (chain.receipts(block.height)!.some(({ status }) => status === 0)) throw new Error('a transaction failed')
      included += block.hashes.length
    }
    return (performance.now() - started) / 1_000
  }
}

/** A block's transactions on one checkpoint, so that the trie is written once a block, and the root. */
async function theirs({ common }: Chain, senders: readonly Wallet[]): Promise<RunBlock> {
  const stateManager = new MerkleStateManager({ common, caches: new Caches() })
  for (const { address } of senders) {
    await stateManager.putAccount(createAddressFromString(address), createAccount({ balance: BALANCE, nonce: 0n }))
  }
  await stateManager.flush()
  const vm: VM = await createVM({ common, stateManager })
  let number = 1n
  return async (raws) => {
    const transactions = raws.map((raw) => createTxFromRLP(raw, { common }))
    for (const transaction of transactions) transaction.getSenderAddress()
    const header = { number, timestamp: GENESIS_TIME + number, gasLimit: 2n ** 40n, baseFeePerGas: 1_000_000_000n }
    number += 1n
    const block = createBlock({ header }, { common })
    const started = performance.now()
    await stateManager.checkpoint()
    for (const tx of transactions) {
      const { execResult } = await runTx(vm, { tx, block })
      if (execResult.exceptionError) throw new Error(`a transaction failed: ${execResult.exceptionError.error}`)
    }
    await stateManager.commit()
    await stateManager.getStateRoot()
    return (performance.now() - started) / 1_000
  }
}
