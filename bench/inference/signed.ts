import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GateView, installFastCrypto, Journal, PaymentGate, ReceiptSigner } from '@opengradient/inference'

const NODE = `0x${'aa'.repeat(20)}` as const
const SETTLEMENT = `0x${'4f'.repeat(20)}` as const

/**
 * The node's own gate as it stands before a free model: every answer gets an execution record, hashes, a signed receipt and an entry in a
 * journal on disk. The chain is left out: a free request asks it nothing.
 */
export async function signedGate(): Promise<PaymentGate> {
  await installFastCrypto()
  const domain = { chainId: 7_000_000_001n, settlement: SETTLEMENT }
  const journal = await Journal.open({ dir: mkdtempSync(join(tmpdir(), 'og-bench-journal-')), identity: { ...domain, node: NODE } })
  const view: GateView = {
    head: { timestamp: Math.floor(Date.now() / 1000) },
    checkSane: () => {},
    rates: () => [],
    payer: async () => ({ balance: 0n, nonceUsed: false }),
    hasCode: async () => false,
  }
  return new PaymentGate({
    journal,
    view,
    signer: new ReceiptSigner(new Uint8Array(32).fill(7), domain),
    node: NODE,
    terms: { chainId: domain.chainId, wopg: NODE, payTo: NODE, maxTimeoutSeconds: 300 },
    credit: { max: 0n },
    publicUrl: () => 'http://127.0.0.1',
    random: randomBytes,
    now: Date.now,
    settledSoon: async () => {},
  })
}
