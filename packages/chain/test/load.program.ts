import { readFileSync } from 'node:fs'
import { signCommit } from '@opengradient/protocol'
import { createCore } from '../src/core.ts'
import { loadCrypto } from '../src/crypto/crypto.ts'
import { parseGenesis } from '../src/genesis/genesis.ts'
import { openStore } from '../src/open.ts'
import { rebuildRoot } from '../src/state/verify.ts'
import { validator } from './chain.testkit.ts'

/** A block of the script that a test prepared. */
export interface ScriptedBlock {
  readonly time: string
  readonly transactions: readonly string[]
}

/**
 * Runs scripted blocks on a database until they are all committed, from wherever it stands: a consensus engine that knows the future.
 * Writes `begin`, `open N`, `height N` after each commit, at the end `done HASH ROOT REBUILT`. Arguments: data folder, genesis file, script, and
 * the height at which it stays until it is killed: whoever kills it may be late.
 */
async function main(dataDir: string, genesisFile: string, scriptFile: string, last?: string): Promise<void> {
  const genesis = parseGenesis(readFileSync(genesisFile))
  const script = JSON.parse(readFileSync(scriptFile, 'utf8')) as ScriptedBlock[]
  const crypto = await loadCrypto()
  console.log('begin')
  const store = await openStore({ dataDir })
  const pause = () => new Promise<void>((resolve) => setImmediate(resolve))
  const { application, ledger } = await createCore({ store, genesis, crypto, pause, committed: () => {} })
  console.log(`open ${ledger.head.height}`)
  for (;;) {
    const { height, appHash } = application.info()
    if (String(height) === last) await stay()
    const next = script[Number(height)]
    if (!next) break
    const finalized = await application.finalize({
      height: height + 1n,
      parentHash: appHash,
      time: BigInt(next.time),
      proposer: validator.address,
      transactions: next.transactions.map((raw) => Buffer.from(raw, 'hex')),
    })
    const ref = { height: Number(finalized.height), blockHash: finalized.appHash }
    await application.commit(signCommit(Number(genesis.chainId), ref, validator.privateKey))
    console.log(`height ${finalized.height}`)
  }
  const { hash, block } = ledger.head
  const rebuilt = await rebuildRoot(store, crypto.keccak)
  const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex')
  await store.close()
  console.log(`done ${hash} ${hex(block.header.stateRoot)} ${hex(rebuilt)}`)
}

/** Never resolves, and keeps the process. */
const stay = () => new Promise<never>(() => setInterval(() => {}, 60_000))

await main(process.argv[2]!, process.argv[3]!, process.argv[4]!, process.argv[5]).catch((error: unknown) => {
  console.error(error instanceof Error && 'code' in error ? `${String(error.code)}: ${error.message}` : error)
  process.exitCode = 3
})
