import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import {
  type Bundle,
  CHECK_IDS,
  type CheckId,
  encodeBundle,
  type Policy,
  parseBundle,
  presets,
  TEE_CHECK_IDS,
  type Verdict,
} from '@opengradient/protocol'
import { installFastCrypto, removeFastCrypto } from '@opengradient/protocol/node'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { BundleVector } from '../test/vectors/build.ts'
import { bytesOf, policyOf } from '../test/vectors/replay.ts'
import { verify } from './index.ts'

const vector = (path: string): BundleVector => JSON.parse(readFileSync(new URL(`../../../vectors/${path}.json`, import.meta.url), 'utf8'))
const paid = vector('valid/001-paid-and-settled')
const fresh = vector('valid/002-paid-just-arrived')
const free = vector('valid/003-free-in-a-batch')
/** With one validator, so that no signature is left unread. */
const comet = vector('valid/056-cometbft-one-validator')
const enclave = vector('valid/081-tee-nitro')
/** With the checks of what the chain holds, so that no part of the bundle of an enclave is left unread. */
const attestedAndSettled: Policy = { ...presets.tee, require: [...new Set([...presets.settled.require, ...presets.tee.require])] }

const judge = (of: BundleVector, change: (bundle: Bundle) => void = () => {}): Promise<Verdict> => {
  const bundle = parseBundle(bytesOf(of))
  change(bundle)
  return verify(bundle, policyOf(of), of.trust, of.now)
}
const says = async (verdict: Promise<Verdict>, id: CheckId): Promise<string | undefined> =>
  (await verdict).checks.find((check) => check.id === id)?.says

describe('verify', () => {
  it('takes bytes that another realm made, as tests with jsdom do, and nothing that only says it is bytes', async () => {
    const theirs = runInNewContext('Uint8Array.from(bytes)', { bytes: bytesOf(paid) }) as Uint8Array
    expect(theirs instanceof Uint8Array).toBe(false)
    expect((await verify(theirs, policyOf(paid), paid.trust, paid.now)).ok).toBe(true)
    const says = new Proxy(bytesOf(paid), {})
    expect((await verify(says, policyOf(paid), paid.trust, paid.now)).ok).toBe(false)
  })

  it('takes bytes and parsed bundles alike', async () => {
    expect(await judge(paid)).toEqual(await verify(bytesOf(paid), policyOf(paid), paid.trust, paid.now))
    expect((await judge(paid)).ok).toBe(true)
  })

  it('does not pass a policy that requires a check it does not know', async () => {
    const require = [...presets.archive.require, 'evidence.tdx' as CheckId]
    const verdict = await verify(bytesOf(paid), { require, level: 'signature' }, paid.trust, paid.now)
    expect(verdict).toMatchObject({ ok: false, level: 'none' })
  })

  it('says the same about the same, and leaves its arguments alone', async () => {
    const bundle = parseBundle(bytesOf(paid))
    const before = structuredClone(bundle)
    const first = await verify(bundle, policyOf(paid), paid.trust, paid.now)
    expect(await verify(bundle, policyOf(paid), paid.trust, paid.now)).toEqual(first)
    expect(bundle).toEqual(before)
  })

  it.each([
    ['of an embedded chain', paid, policyOf(paid), CHECK_IDS],
    ['of a CometBFT network', comet, policyOf(comet), CHECK_IDS],
    ['of an enclave', enclave, attestedAndSettled, [...CHECK_IDS, ...TEE_CHECK_IDS]],
  ])('never throws, and accepts no change of anything that it reads in a bundle %s', async (_, paid, policy, asked) => {
    // That these agree with those of a browser is shown by the published vectors.
    await installFastCrypto()
    onTestFinished(removeFastCrypto)
    const text = new TextDecoder().decode(encodeBundle(await essential(paid, policy)))
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom('0', 'f', 'A', '"', '}', '\u0000', ''), async (at, by) => {
        const changed = text.slice(0, at) + by + text.slice(at + 1)
        const verdict = await verify(new TextEncoder().encode(changed), policy, paid.trust, paid.now)
        expect(verdict.checks.map(({ id }) => id)).toEqual([...asked])
        if (verdict.ok) expect(withoutUnread(changed)).toEqual(withoutUnread(text))
      }),
      { numRuns: 400 },
    )
  })

  it('says what is wrong with bytes that are no bundle, for every check', async () => {
    const { checks } = await verify(new TextEncoder().encode('{"version":1}'), presets.answer, paid.trust, paid.now)
    expect(new Set(checks.map(({ code }) => code))).toEqual(new Set(['BUNDLE_MALFORMED']))
    expect(checks[0]?.says).toMatch(/^The bundle cannot be read\. bundle, field /)
  })

  it('fails closed where it meets a fault of its own', async () => {
    const broken = new Proxy(
      {},
      {
        get: () => {
          throw new TypeError('gone')
        },
      },
    ) as Bundle
    const { ok, checks } = await verify(broken, presets.answer, paid.trust, paid.now)
    expect(ok).toBe(false)
    expect(checks[0]).toMatchObject({ status: 'fail', code: 'INTERNAL' })
    expect(checks[0]?.says).toMatch(/nothing is verified: gone$/)
  })

  it('never throws on any JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (json) => {
        expect(await verify(new TextEncoder().encode(json), presets.answer, paid.trust, paid.now)).toMatchObject({
          ok: false,
          level: 'none',
        })
      }),
      { numRuns: 200 },
    )
  })
})

/** The bundle of a vector without accounts and slots that a policy does not need. */
async function essential(of: BundleVector, policy: Policy): Promise<Bundle> {
  const bundle = parseBundle(bytesOf(of))
  for (const account of bundle.chain!.accounts) {
    for (const entry of account.storage) {
      const all = account.storage
      account.storage = all.filter((other) => other !== entry)
      if (!(await verify(bundle, policy, of.trust, of.now)).ok) account.storage = all
    }
  }
  bundle.chain!.accounts = bundle.chain!.accounts.filter(({ storage }) => storage.length > 0)
  return bundle
}

/** A bundle without what the chain makes superfluous: once it holds batch and payment, it has checked their signatures and times. */
function withoutUnread(json: string): object {
  const { inclusion, payment, ...rest } = JSON.parse(json)
  return { ...rest, inclusion: { ...inclusion, signature: '' }, payment: { ...payment, signature: '', validAfter: '', validBefore: '' } }
}

describe('the sentences of a check', () => {
  it('date the operator by the block where there is one', async () => {
    // A key counts for an hour after its end, and a settlement dates a receipt to the hour: no more than that is shown.
    expect(await says(judge(paid), 'operator.registered')).toMatch(/within two hours of 2026-09-22 20:13:40 UTC\.$/)
    expect(await says(judge(fresh), 'operator.registered')).toMatch(/within two hours of 2026-09-22 20:13:20 UTC\.$/)
  })

  it('tell a free answer from a paid one', async () => {
    expect(await says(judge(free), 'payment.price')).toBe('The answer was free: no payer, no payment, nothing charged.')
    expect(await says(judge(free), 'payment.settled')).toBe('The answer was free: there is nothing to settle.')
    expect(await says(judge(paid), 'payment.price')).toMatch(/^0\.001 OPG is the quoted rate/)
  })

  it('tell whether a validator, the stake or a pinned hash makes the record final', async () => {
    expect(await says(judge(paid), 'finality')).toBe('The record is in block 3, signed by the validator that your trust names.')
    expect(await says(judge(vector('valid/009-pinned-block')), 'finality')).toMatch(/whose hash your trust names/)
    expect(await says(judge(vector('valid/064-cometbft-pinned-block')), 'finality')).toMatch(/whose hash your trust names/)
    expect(await says(judge(comet), 'finality')).toMatch(/^The record is in block 3, committed by validators with more than two thirds/)
    const older = /^The record is in block 3, whose hash the history of block 8 holds, which your trust accepts\.$/
    for (const name of ['011-history-five-blocks-on', '014-history-pinned', '062-cometbft-history'])
      expect(await says(judge(vector(`valid/${name}`)), 'finality')).toMatch(older)
  })

  it('tell missing evidence from a missing anchor and from an untrusted block', async () => {
    const without = (change: (bundle: Bundle) => void, trust = paid.trust) => {
      const bundle = parseBundle(bytesOf(paid))
      change(bundle)
      return says(verify(bundle, presets.answer, trust, paid.now), 'operator.bonded')
    }
    expect(await without((bundle) => delete bundle.chain)).toContain('The bundle holds no chain evidence.')
    expect(await without(() => {}, { ...paid.trust, anchors: [] })).toContain('Your trust holds no anchor')
    expect(await without(() => {}, { ...paid.trust, anchors: [paid.trust.anchors[0]!] })).toContain('no block that your trust accepts')
  })

  it('name the slot of History that was proved in place of the one needed', async () => {
    const count = await judge(vector('valid/011-history-five-blocks-on'), ({ chain }) => {
      chain!.history!.count.slot = chain!.history!.peak.slot
    })
    const peak = await judge(vector('valid/011-history-five-blocks-on'), ({ chain }) => {
      chain!.history!.peak.slot = chain!.history!.count.slot
    })
    for (const verdict of [count, peak]) {
      expect(verdict.checks.find(({ id }) => id === 'finality')?.says).toMatch(
        /slot 0x[0-9a-f]{64} was proved where 0x[0-9a-f]{64} is needed/,
      )
    }
  })
})
