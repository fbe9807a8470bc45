import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@opengradient/client'
import { startInferenceNode } from '@opengradient/inference'
import {
  type Bundle,
  type CheckId,
  type CometCommit,
  encodeBundle,
  type LightBlock,
  networkFileSchema,
  parseBundle,
  parseHeader,
  presets,
  trustOf,
  type Verdict,
} from '@opengradient/protocol'
import { OpenGradient, opg } from '@opengradient/sdk'
import { startStore } from '@opengradient/store'
import { verify } from '@opengradient/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, INPUT, NAME, volatility } from '../../sdk/test/scene.testkit.ts'
import { signer } from '../test/chain.testkit.ts'
import { type ChangedNetwork, changedNetwork } from './lightClient.testkit.ts'

const now = () => Math.floor(Date.now() / 1000)
const silent = { info: () => {}, warn: () => {}, error: (fields: object, message: string) => console.error(message, fields) }

/** What cannot be checked without the request body. */
const WITHOUT_REQUEST: readonly CheckId[] = ['request.bound', 'parameters.honoured']

let net: ChangedNetwork
/** As the SDK writes it, and as the node gives it to who has the request secret. */
let file: Uint8Array
let fromNode: Bundle
const cleanups: (() => Promise<unknown>)[] = []

/** One paid answer on a network whose validators have changed since genesis; its payment is settled and its receipt anchored. */
beforeAll(async () => {
  net = await changedNetwork(300)
  cleanups.push(() => net.close())
  const network = net.genesis
  const dir = await mkdtemp(join(tmpdir(), 'og-bundle-'))
  cleanups.push(() => rm(dir, { recursive: true, force: true }))
  const store = await startStore({ dir: join(dir, 'store'), host: '127.0.0.1', port: 0, quotaBytes: 1 << 30, log: silent })
  cleanups.push(() => store.close())
  const policy = { level: 'signature', maxPrice: opg('0.01') } as const
  const og = await OpenGradient.connect({ network, account: signer(0).account, policy, stores: [store.url], upload: store })
  await Promise.all([og.publish(await volatility()), og.wallet.wrap(opg('1'))])
  const node = await startInferenceNode(
    {
      ...{ network, dataDir: join(dir, 'node'), accountKey: signer(2).privateKey, receiptKey: signer(20).privateKey },
      ...{ stores: [store.url], serve: 'all', price: opg('0.001'), bond: opg('10000'), port: 0, batchSeconds: 0.2, maxClockSkew: 600 },
    },
    { log: silent },
  )
  cleanups.push(() => node.close(2_000))

  const { requestId, secret } = await eventually(() => og.infer(NAME, { input: INPUT }).catch(() => false as const), 'answered')
  // At once, when the block that anchors it is the newest, and the next one is not there yet.
  const records = `${node.url}/v1/receipts/${requestId}`
  await eventually(async () => (await fetch(`${records}/inclusion`)).ok, 'anchored')
  const reply = await fetch(`${records}/bundle`, { headers: { 'og-request-secret': secret } })
  fromNode = parseBundle(new Uint8Array(await reply.arrayBuffer()))
  const settled = async () => {
    const { bundle, bytes, verdict } = await og.bundle(requestId)
    return bundle.inclusion && verdict.checks.some(({ id, status }) => id === 'payment.settled' && status === 'pass') && bytes
  }
  file = await eventually(settled, 'settled and anchored')
})
afterAll(async () => {
  for (const clean of cleanups.reverse()) await clean()
})

const trust = () => trustOf(net.genesis)
const statuses = ({ checks }: Verdict) => Object.fromEntries(checks.map(({ id, status }) => [id, status]))

/** The commit that the trust has to accept, changed. */
function lied(change: (commit: CometCommit) => Partial<CometCommit>): Bundle {
  const bundle = parseBundle(file)
  const commit = bundle.chain!.commit as CometCommit
  return { ...bundle, chain: { ...bundle.chain!, commit: { ...commit, ...change(commit) } } }
}

describe('a bundle of a network on CometBFT', () => {
  it('verifies offline under the trust of genesis, settlement and finality included', async () => {
    const { chain } = parseBundle(file)
    expect((chain!.commit as CometCommit).trail.length).toBeGreaterThan(1)
    const verdict = await verify(file, presets.settled, trust(), now())
    expect(verdict).toMatchObject({ ok: true, level: 'signature' })
    expect(statuses(verdict)).toMatchObject({ finality: 'pass', inclusion: 'pass', 'payment.settled': 'pass', 'operator.bonded': 'pass' })
  })

  it('comes from the node as soon as it is anchored, with all but the request, which it does not keep', async () => {
    const required = presets.settled.require.filter((id) => !WITHOUT_REQUEST.includes(id) && id !== 'payment.settled')
    const verdict = await verify(fromNode, { ...presets.settled, require: required }, trust(), now())
    expect(verdict.checks.filter(({ status }) => status === 'fail')).toEqual([])
    expect(statuses(verdict)).toMatchObject({
      finality: 'pass',
      inclusion: 'pass',
      'operator.registered': 'pass',
      'request.bound': 'absent',
    })
  })

  it('verifies under a trust that begins later, once the newest block proves the old one', async () => {
    const old = parseBundle(file)
    const { number: height } = parseHeader(old.chain!.header)
    const later = await eventually(async () => {
      const told = networkFileSchema.parse(await net.node.rpc('og_networkFile'))
      const anchors = told.anchors.slice(-1)
      return anchors[0]!.height > height + 1 && { ...told, anchors }
    }, 'anchored two blocks later')
    expect((await verify(old, presets.settled, trustOf(later), now())).checks.find(({ id }) => id === 'finality')).toMatchObject({
      status: 'fail',
    })
    const { receipt, signer: key, inclusion } = old
    const { node, modelId, paymentId } = receipt
    const query = { node, key, modelId, paymentId, unit: 0, batch: inclusion!.batch.sequence }
    const chain = await connect({ network: later }).evidence(query, { height })
    expect(chain.history).toBeDefined()
    expect(await verify(encodeBundle({ ...old, chain }), presets.settled, trustOf(later), now())).toMatchObject({ ok: true })
  })

  it.each<[string, (commit: CometCommit) => Partial<CometCommit>, string]>([
    ['without its trail', () => ({ trail: [] }), 'VALIDATORS_UNTRUSTED'],
    ['with half of its trail', ({ trail }) => ({ trail: trail.slice(0, 1) }), 'COMMIT_TRUSTED_POWER_TOO_LOW'],
    ['with the light block of another height', ({ trail }) => ({ block: trail.at(-1) as LightBlock }), 'HEADER_APP_HASH_MISMATCH'],
  ])('proves nothing %s', async (_, change, code) => {
    const { ok, checks } = await verify(lied(change), presets.settled, trust(), now())
    expect(ok).toBe(false)
    expect(checks.find(({ id }) => id === 'finality')).toMatchObject({ status: 'fail', code })
  })
})
