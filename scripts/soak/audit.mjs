import { presets } from '@opengradient/protocol'
import { isOgError } from '@opengradient/sdk'
import { sleep } from './network.mjs'

/** How long payments may take to be settled once everything is up. */
const SETTLED_MS = 120_000
/** Says of a request that it has no answer and never will: it was not charged. */
const NO_ANSWER = new Set(['NODE_REQUEST_UNKNOWN', 'NODE_REQUEST_ABORTED', 'SETTLEMENT_REVERTED'])

/**
 * The accounts of all callers, to the wei. Every request whose outcome is unknown is asked for again; then what an account has less than
 * before is the sum of the prices of its receipts, and of every answer that was kept whole the settlement is proven.
 */
export async function audit(callers, say) {
  const sums = { answers: 0, recovered: 0, unpaid: 0, verified: 0, spent: 0n, refusals: {}, faults: [] }
  for (const caller of callers) {
    const { og, book } = caller
    for (const [code, count] of caller.refusals) sums.refusals[code] = (sums.refusals[code] ?? 0) + count
    for (const { requestId, state } of await book.list()) if (state === 'sent') await recover(caller, requestId, sums)
    const entries = await book.list()
    const answered = entries.filter(({ state }) => state === 'answered')
    sums.answers += answered.length
    sums.unpaid += entries.length - answered.length
    const owed = answered.reduce((sum, { paid }) => sum + paid, 0n)
    const left = await balanceAfter(og, caller.had - owed)
    if (left !== caller.had - owed)
      sums.faults.push(`an account has ${caller.had - left} OPG wei less; its ${answered.length} receipts are for ${owed}`)
    sums.spent += caller.had - left
    for (const { requestId, bundle } of answered) {
      if (!bundle) continue
      const missing = await unproven(og, requestId)
      sums.verified++
      if (missing.length > 0) sums.faults.push(`not proven of ${requestId}: ${missing.join(', ')}`)
    }
  }
  say(`${sums.verified} answers verified again with the evidence of the chain`)
  return { ...sums, spent: `${sums.spent}` }
}

async function recover({ og, book }, requestId, sums) {
  for (let tries = 0; ; tries++) {
    try {
      await og.recover(requestId)
      sums.recovered++
      return
    } catch (error) {
      if (!isOgError(error)) throw error
      if (NO_ANSWER.has(error.code)) return void (await book.put({ ...(await book.get(requestId)), state: 'refused', code: error.code }))
      if (tries >= 60) return void sums.faults.push(`the answer to ${requestId} cannot be had: ${error.message}`)
      await sleep(1_000)
    }
  }
}

/** What a bundle of an answer does not show of what shows that it is settled, once that is nothing or can be waited for no longer. */
async function unproven(og, requestId) {
  const giveUpAt = Date.now() + SETTLED_MS
  for (;;) {
    const { verdict } = await og.bundle(requestId)
    const passed = new Set(verdict.checks.filter(({ status }) => status === 'pass').map(({ id }) => id))
    const missing = [...presets.settled.require.filter((id) => !passed.has(id)), ...(verdict.ok ? [] : ['a verdict'])]
    if (missing.length === 0 || Date.now() > giveUpAt) return missing
    await sleep(1_000)
  }
}

/** The account's WOPG, once it is what it should be or can be waited for no longer. */
async function balanceAfter(og, expected) {
  const giveUpAt = Date.now() + SETTLED_MS
  for (;;) {
    const { wopg } = await og.wallet.balance()
    if (wopg === expected || Date.now() > giveUpAt) return wopg
    await sleep(1_000)
  }
}
