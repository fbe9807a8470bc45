import type { AbciApplication } from '../src/consensus/cometbft/application.ts'
import type { RequestOf } from '../src/consensus/cometbft/envelope.ts'

/** An application that counts transactions, and remembers what it was asked. Its app hash is the height and the count. */
export class Counter implements AbciApplication {
  readonly finalized: RequestOf<'finalizeBlock'>[] = []
  readonly calls = new Map<string, number>()
  initialized: RequestOf<'initChain'> | undefined
  engine: RequestOf<'info'> | undefined
  committed = { height: 0n, count: 0 }
  #pending = { height: 0n, count: 0 }

  info(request: RequestOf<'info'>) {
    this.#called('info')
    this.engine = request
    const { height } = this.committed
    return { data: 'counter', version: '1', appVersion: 1n, lastBlockHeight: height, lastBlockAppHash: appHash(this.committed) }
  }

  initChain(request: RequestOf<'initChain'>) {
    this.#called('initChain')
    this.initialized = request
    return {
      appHash: appHash(this.committed),
      consensusParams: { ...request.consensusParams, abci: { voteExtensionsEnableHeight: 2n } },
    }
  }

  checkTx({ tx }: RequestOf<'checkTx'>) {
    this.#called('checkTx')
    return tx.length > 100 ? { code: 7, log: 'too long', codespace: 'counter' } : { gasWanted: 1n }
  }

  prepareProposal({ txs }: RequestOf<'prepareProposal'>) {
    this.#called('prepareProposal')
    return { txs }
  }

  processProposal() {
    this.#called('processProposal')
    return { status: 'accept' } as const
  }

  extendVote({ height }: RequestOf<'extendVote'>) {
    this.#called('extendVote')
    return { voteExtension: new TextEncoder().encode(`vote ${height}`) }
  }

  verifyVoteExtension() {
    this.#called('verifyVoteExtension')
    return { status: 'accept' } as const
  }

  finalizeBlock(request: RequestOf<'finalizeBlock'>) {
    this.#called('finalizeBlock')
    this.finalized.push(request)
    this.#pending = { height: request.height, count: this.committed.count + request.txs.length }
    const events = [{ type: 'counted', attributes: [{ key: 'count', value: String(this.#pending.count), index: true }] }]
    return { appHash: appHash(this.#pending), txResults: request.txs.map((tx) => ({ data: tx, gasUsed: 21n, events })) }
  }

  commit() {
    this.#called('commit')
    this.committed = this.#pending
    return { retainHeight: 0n }
  }

  query({ path }: RequestOf<'query'>) {
    this.#called('query')
    return { key: new TextEncoder().encode(path), value: appHash(this.committed), height: this.committed.height, log: 'asked' }
  }

  listSnapshots() {
    return { snapshots: [] }
  }

  offerSnapshot() {
    return { result: 'reject' } as const
  }

  loadSnapshotChunk() {
    return {}
  }

  applySnapshotChunk() {
    return { result: 'abort' } as const
  }

  insertTx() {
    return {}
  }

  reapTxs() {
    return {}
  }

  #called(method: string): void {
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1)
  }
}

function appHash({ height, count }: { height: bigint; count: number }): Uint8Array {
  const hash = new Uint8Array(32)
  const view = new DataView(hash.buffer)
  view.setBigUint64(16, height)
  view.setBigUint64(24, BigInt(count))
  return hash
}
