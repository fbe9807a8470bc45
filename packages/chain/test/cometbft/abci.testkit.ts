import { createHash } from 'node:crypto'
import { type AbciParts, abciApplication } from '../../src/consensus/cometbft/abci.ts'
import type { AbciApplication } from '../../src/consensus/cometbft/application.ts'
import { type Request, type RequestOf, readRequest, writeRequest } from '../../src/consensus/cometbft/envelope.ts'
import { Exclusive } from '../../src/consensus/cometbft/exclusive.ts'
import type { Method } from '../../src/consensus/cometbft/methods.ts'
import { Outbox } from '../../src/consensus/cometbft/outbox.ts'
import { snapshotSource } from '../../src/consensus/cometbft/snapshots.ts'
import type { ConsensusApplication, Proposal } from '../../src/consensus/port.ts'
import { loadCrypto } from '../../src/crypto/crypto.ts'
import type { Genesis } from '../../src/genesis/genesis.ts'
import { Restorer } from '../../src/snapshot/index.ts'
import { type Database, memoryStore } from '../../src/state/store.ts'
import { testApplication } from '../application.testkit.ts'
import { GENESIS_TIME, testGenesis } from '../chain.testkit.ts'

/** A node as CometBFT has it on its sockets, without the sockets, and what the node told its operator. */
export async function testAbci(
  more: Partial<AbciParts> = {},
  between = (application: ConsensusApplication): ConsensusApplication => application,
  place: { readonly store?: Database; readonly genesis?: Genesis } = {},
) {
  const { genesis = await testGenesis(), store = memoryStore() } = place
  const core = await testApplication({ genesis, store, engine: 'cometbft' })
  const { application, pool, ledger } = core
  const { keccak } = await loadCrypto()
  const log = { info: () => {}, error: () => {} }
  const pause = async () => {}
  const halts: unknown[] = []
  const refusals: { readonly proposal: Proposal; readonly why: string }[] = []
  const exclusive = new Exclusive((reason) => halts.push(reason))
  const outbox = new Outbox(pool)
  const abci = abciApplication({
    application: between(application),
    genesis,
    pool,
    outbox,
    exclusive,
    snapshots: snapshotSource(
      undefined,
      new Restorer({ store, genesisHash: genesis.hash, common: core.common, keccak, log, pause, onRestored: core.reopen }),
    ),
    decode: (raw) => application.decode(raw),
    fairBlock: core.fairBlock,
    keccak,
    isNewcomer: () => true,
    onRefused: (proposal, why) => refusals.push({ proposal, why }),
    retainBlocks: undefined,
    due: async () => {},
    ...more,
  })
  return { genesis, core, pool, ledger, outbox, abci, halts, refusals, ...engineOf(abci, () => ledger.head.height) }
}

/** What CometBFT asks, with what does not matter filled in. */
function engineOf(abci: AbciApplication, head: () => bigint) {
  const proposed = (txs: readonly Uint8Array[], more: object = {}) => {
    const height = head() + 1n
    const block = { txs, height, time: { seconds: GENESIS_TIME + 10n + height }, proposerAddress: new Uint8Array(20).fill(1), ...more }
    // As CometBFT's, another one for each block.
    return { ...block, hash: createHash('sha256').update(writeRequest('finalizeBlock', block)).digest() }
  }
  const ask = async <M extends keyof AbciApplication>(method: M, value: Parameters<typeof writeRequest<M>>[1]) => {
    const call = abci[method] as (request: RequestOf<M>) => ReturnType<AbciApplication[M]>
    return call(requestOf(method, value))
  }
  return {
    ask,
    prepare: async (maxTxBytes = 4_000_000n) => (await ask('prepareProposal', { ...proposed([]), maxTxBytes })).txs ?? [],
    process: async (txs: readonly Uint8Array[], more?: object) => (await ask('processProposal', proposed(txs, more))).status,
    finalize: (txs: readonly Uint8Array[], more?: object) => ask('finalizeBlock', proposed(txs, more)),
    commit: () => ask('commit', {}),
  }
}

/** A request as it is after the wire, with all its fields. */
function requestOf<M extends Method>(method: M, value: Parameters<typeof writeRequest<M>>[1]): RequestOf<M> {
  const request: Request = readRequest(writeRequest(method, value))
  return request.value as RequestOf<M>
}
