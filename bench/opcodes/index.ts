import { type Chain, createChain, makeGenesis } from '@opengradient/chain'
import { bytesToHex, DEV_ACCOUNTS, devAccount } from '@opengradient/protocol'
import { REFERENCE_SIGNATURE_US, signatureUs } from '../measure/signature.ts'
import { type Call, CHAIN_ID, GENESIS_TIME, OPG, wallet } from '../measure/wallet.ts'
import { PROGRAMS } from './programs.ts'

/** Gas that is used for each measurement, and of a block: what a block takes is said. */
const GAS = 20_000_000n
const BLOCK_GAS = 60_000_000
/** Used before, so that what is measured is compiled. */
const WARM_UP = 3_000_000n
const DEPLOYMENT = 10_000_000n
/** Seconds that a block full of one opcode, or one kind of call, may take. */
const MOST_SECONDS = 4

export interface OpcodeResult {
  /** CPU that a block of 60 million gas takes, on a machine that signs in the reference time. */
  readonly block_s: number
}

/** How long a block takes that is full of the same cheap opcode or call, transaction to root. */
export async function run({ progress }: { progress: (line: string) => void }): Promise<Record<string, OpcodeResult>> {
  const results: Record<string, OpcodeResult> = {}
  for (const [name, code] of Object.entries(PROGRAMS)) {
    progress(name)
    results[name] = { block_s: await measure(code) }
  }
  return results
}

async function measure(code: Uint8Array): Promise<number> {
  const validator = devAccount(CHAIN_ID, DEV_ACCOUNTS.validator)
  const sender = wallet(1)
  const genesis = await makeGenesis({
    chainId: CHAIN_ID,
    validator: validator.address,
    faucets: [{ address: sender.address, amount: 1_000_000n * OPG }],
    time: GENESIS_TIME,
  })
  const clock = { now: () => Number(GENESIS_TIME) * 1_000, after: () => () => {} }
  const chain = await createChain({ memory: true, genesis, validatorKey: validator.privateKey, clock })
  const send = async (call: Call) => include(chain, await sender.send(call))
  const { contractAddress } = await send({ data: bytesToHex(deployment(code)), gas: DEPLOYMENT })
  if (!contractAddress) throw new Error('the program was not deployed')
  await send({ to: contractAddress, gas: WARM_UP })
  const before = process.cpuUsage()
  await send({ to: contractAddress, gas: GAS })
  const { user, system } = process.cpuUsage(before)
  await chain.close()
  const seconds = ((user + system) / 1e6) * (BLOCK_GAS / Number(GAS))
  // Beside neighbours a signature takes longer, and so does everything else.
  return (seconds * REFERENCE_SIGNATURE_US) / Math.max(REFERENCE_SIGNATURE_US, signatureUs())
}

async function include(chain: Chain, raw: Uint8Array) {
  await chain.submit(raw)
  const block = await chain.mine!()
  return chain.receipts(block.height)![0]!
}

/** Code that answers with what is behind it. */
function deployment(code: Uint8Array): Uint8Array {
  const [high, low] = [code.length >> 8, code.length & 255]
  return Uint8Array.of(0x61, high, low, 0x80, 0x60, 12, 0x60, 0, 0x39, 0x5f, 0xf3, 0x00, ...code)
}

export function table(results: Record<string, OpcodeResult>): string[] {
  return [
    `a block full of                        s (at most ${MOST_SECONDS})`,
    ...Object.entries(results).map(
      ([name, { block_s }]) => `${name.padEnd(38)} ${block_s.toFixed(2).padStart(5)}${block_s > MOST_SECONDS ? ' TOO LONG' : ''}`,
    ),
  ]
}
