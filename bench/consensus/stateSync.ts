import type { Hex } from '@opengradient/protocol'
import { bytesToHex } from '@opengradient/protocol'
import { getContractAddress } from 'viem'
import { type Wallet, wallets } from '../measure/wallet.ts'
import { makeNetwork, type Place } from './network.ts'
import { Validator } from './validator.ts'

const ACCOUNTS = 100_000
/** New accounts in one transaction: 34,000 gas each. */
const AT_ONCE = 1_600
const SNAPSHOT_EVERY = 60

/**
 * Makes a contract that sends one wei to each of `calldataload(32)` addresses, from `calldataload(0)` upwards:
 * `i := 0; do { call(0, base + i, 1, 0, 0, 0, 0); i := i + 1 } while (count > i)`.
 */
const SPREAD: Hex = '0x601b8060095f395ff35f5b5f5f5f5f6001855f35015ff150600101806020351160015700'

/** Seconds from the start of a new node until it has a snapshot of 100,000 accounts and a block after it. */
export async function measureStateSync(binary: string, progress: (line: string) => void): Promise<number> {
  const [sender] = wallets(1) as [Wallet]
  const network = await makeNetwork([sender], { validators: 1, followers: 1, commitTimeout: 100 })
  const [source, follower] = network.places as [Place, Place]
  const validator = new Validator(binary, source, SNAPSHOT_EVERY)
  const joining = new Validator(binary, follower, SNAPSHOT_EVERY)
  try {
    await validator.start()
    await fill(validator, sender)
    // The first snapshot with all the accounts, and time to write it.
    const snapshot = Math.ceil((validator.height + 1) / SNAPSHOT_EVERY) * SNAPSHOT_EVERY
    await validator.reaches(snapshot + 20)
    progress(`${ACCOUNTS} accounts at block ${snapshot}; a new node begins with its snapshot …`)
    await follower.syncState({
      rpcServers: [source.rpc, source.rpc],
      trustHeight: 2n,
      trustHash: await blockHash(source.rpc, 2),
      trustPeriod: 86_400n,
    })
    const started = performance.now()
    await joining.start()
    await joining.reaches(snapshot + 1, 120)
    const seconds = (performance.now() - started) / 1_000
    const balance = await joining.rpc.call('eth_getBalance', [accountAt(ACCOUNTS - 1), 'latest'])
    if (balance !== '0x1') throw new Error(`the last account has ${balance} wei`)
    return seconds
  } finally {
    await Promise.all([validator.kill(), joining.kill()])
    network.remove()
  }
}

const BASE = 0xee_00n << 144n
const accountAt = (index: number): Hex => `0x${(BASE + BigInt(index)).toString(16).padStart(40, '0')}`
const word = (value: bigint): string => value.toString(16).padStart(64, '0')

async function fill(validator: Validator, sender: Wallet): Promise<void> {
  const contract = getContractAddress({ from: sender.address, nonce: 0n }).toLowerCase() as Hex
  const raws = [await sender.send({ gas: 200_000n, data: SPREAD })]
  for (let at = 0; at < ACCOUNTS; at += AT_ONCE) {
    const count = Math.min(AT_ONCE, ACCOUNTS - at)
    const data: Hex = `0x${word(BASE + BigInt(at))}${word(BigInt(count))}`
    raws.push(await sender.send({ to: contract, gas: 59_000_000n, value: BigInt(count), data }))
  }
  const included = new Promise<void>((resolve) => {
    let count = 0
    validator.onBlock = (hashes) => {
      count += hashes.length
      if (count === raws.length) resolve()
    }
  })
  for (const raw of raws) await validator.rpc.call('eth_sendRawTransaction', [bytesToHex(raw)])
  await included
}

async function blockHash(rpc: string, height: number): Promise<Hex> {
  const answer = await fetch(`${rpc}/block?height=${height}`)
  const { result } = (await answer.json()) as { result: { block_id: { hash: string } } }
  return `0x${result.block_id.hash.toLowerCase()}`
}
