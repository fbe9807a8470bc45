import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Committer, type GateView, Journal, PaymentGate, ReceiptSigner } from '@opengradient/inference'
import { installFastCrypto } from '@opengradient/protocol/node'

const NODE = `0x${'aa'.repeat(20)}` as const
/** What the receipts of the benchmark are signed for. */
export const BENCH_DOMAIN = { chainId: 7_000_000_001n, settlement: `0x${'4f'.repeat(20)}` } as const
/** As a node does. */
const BATCH_MS = 3_000
const MAX_RECEIPTS = 4_096

/**
 * The node's own gate as it stands before a free model: every answer gets an execution record, hashes, a signed receipt, an entry in a
 * journal on disk and a place in a Merkle batch. The chain is left out: a free request asks it nothing, and takes every batch at once.
 */
export async function signedGate(): Promise<{ readonly gate: PaymentGate; anchor(): Promise<void> }> {
  await installFastCrypto()
  const domain = BENCH_DOMAIN
  const journal = await Journal.open({ dir: mkdtempSync(join(tmpdir(), 'og-bench-journal-')), identity: { ...domain, node: NODE } })
  const signer = new ReceiptSigner(new Uint8Array(32).fill(7), domain)
  const view: GateView = {
    head: { timestamp: Math.floor(Date.now() / 1000) },
    checkSane: () => {},
    rates: () => [],
    least: () => 0n,
    payer: async () => ({ balance: 0n, nonceUsed: false }),
    hasCode: async () => false,
  }
  const gate = new PaymentGate({
    journal,
    view,
    signer,
    money: { check: () => {} },
    node: NODE,
    terms: { chainId: domain.chainId, wopg: NODE, payTo: NODE, maxTimeoutSeconds: 300 },
    credit: { max: 0n },
    publicUrl: () => 'http://127.0.0.1',
    random: randomBytes,
    now: Date.now,
    settledSoon: async () => {},
  })
  return { gate, anchor: anchorEvery(BATCH_MS, journal, signer) }
}

/**
 * The node's committer, before a chain that includes whatever it is sent.
 * @returns anchors at once what has been answered
 */
function anchorEvery(ms: number, journal: Journal, signer: ReceiptSigner): () => Promise<void> {
  const now = () => Math.floor(Date.now() / 1000)
  const committer = new Committer({
    journal,
    signer,
    node: NODE,
    maxReceipts: MAX_RECEIPTS,
    view: { blockTime: async () => now() },
    prove: async (slots) => {
      const open = journal.openBatches()[0]?.batch
      return slots.length === 1 ? [0n] : slots.map((_, i) => (i === 0 && open ? BigInt(open.root) : 0n))
    },
    time: async () => now(),
    now,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    sender: {
      async send(_, keep) {
        const tx = `0x${randomBytes(32).toString('hex')}` as const
        await keep({ tx, nonce: 0, raw: '0x02' })
        return { tx, block: 1, ok: true, gasUsed: 0n, logs: [] }
      },
      follow: () => Promise.reject(new Error('nothing is ever under way')),
      resend: async () => {},
      included: async () => undefined,
      used: async () => 0,
    },
  })
  let work = Promise.resolve()
  const anchor = () => {
    work = work.then(async () => {
      while (await committer.commit());
    })
    return work
  }
  setInterval(() => void anchor(), ms)
  return anchor
}
