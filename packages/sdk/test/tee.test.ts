import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { developmentAttester } from '@opengradient/attestation-dev'
import { createWriter, webHttp } from '@opengradient/client'
import {
  type AttestationEvidence,
  encodeBundle,
  encodeCmw,
  encodeKeyset,
  type Hex,
  parseCmw,
  parseKeyset,
  paymentIdOf,
  presets,
  receiptHash,
  receiptToJson,
  reportDataOf,
  signDigest,
  type Verdict,
  ZERO_HASH,
} from '@opengradient/protocol'
import { verify } from '@opengradient/verifier'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { OPEN_POLICY, registerKeyset, SEED } from '../../client/test/attestation.testkit.ts'
import { fileBook } from '../src/node/fileBook.ts'
import { OgError, type OpenGradient, opg, type SdkPolicy } from '../src/node/index.ts'
import { type Exchange, type Lie, lyingNode, type Reply, resign } from './lyingNode.testkit.ts'
import { eventually, INPUT, NAME, PRICE, type Scene, startScene } from './scene.testkit.ts'

let scene: Scene
let og: OpenGradient
const connect = (policy: Partial<SdkPolicy> = {}) => scene.connect({ policy: { level: 'development', maxPrice: opg('0.01'), ...policy } })
/** Everything that reached the node, as it came off the wire. */
const wire: Exchange['request'][] = []

beforeAll(async () => {
  scene = await startScene({ platform: 'nitro' })
  og = await connect()
  const shown = async () => (await fetch(`${scene.liar.url}/v1/attestation`)).ok && og.chain.keyset(scene.node)
  await eventually(shown, 'the node registers a keyset')
})
afterEach(() => {
  scene.liar.lie = undefined
  wire.length = 0
})
afterAll(() => scene?.close())

const isInfer = ({ method, path }: Exchange['request']) => method === 'POST' && path.endsWith('/infer')
const isAttestation = (path: string) => path.startsWith('/v1/attestation')
const PLAIN = Buffer.from(INPUT.buffer).subarray(0, 32)

/** Records what is sent, and lies about evidence. */
const aboutEvidence =
  (change: (envelope: AttestationEvidence, path: string) => AttestationEvidence | Uint8Array | undefined): Lie =>
  ({ request, reply }) => {
    wire.push(request)
    if (!isAttestation(request.path) || reply.status !== 200) return
    const changed = change(parseCmw(new Uint8Array(reply.body)), request.path)
    if (changed) reply.body = Buffer.from(changed instanceof Uint8Array ? changed : encodeCmw(changed))
  }
/** Lies about answers, sealed as they are. */
const aboutAnswer =
  (change: (reply: Reply) => unknown): Lie =>
  ({ request, reply }) => {
    wire.push(request)
    if (isInfer(request) && reply.status === 200) return change(reply)
  }

async function refused(client: OpenGradient, lie: Lie | undefined): Promise<OgError> {
  scene.liar.lie = lie
  const error = await client.infer(NAME, { input: INPUT }, { timeoutMs: 120_000 }).then(
    () => undefined,
    (reason: OgError) => reason,
  )
  expect(error).toMatchObject({ name: 'OgError' })
  return error!
}

/** A new client (nothing verified yet) that is lied to about evidence: which code, and whether anything of a request was sent. */
async function evidenceRefused(lie: Lie, policy: Partial<SdkPolicy> = {}): Promise<string> {
  const client = await connect(policy)
  const before = scene.liar.asked.length
  const { code } = await refused(client, lie)
  expect(scene.liar.asked.slice(before).filter((asked) => asked.startsWith('POST'))).toEqual([])
  expect(await client.receipts.list()).toEqual([])
  return code
}

/** Development evidence for a changed keyset, or under another nonce, as a liar with the development root makes it. */
async function remade(
  envelope: AttestationEvidence,
  { keyset = envelope.keyset, nonce = envelope.nonce, seed = SEED, machine = 'machine' } = {},
) {
  const now = () => Number(scene.net.chain.head().block.header.timestamp)
  const made = await developmentAttester({ platform: 'nitro', seed, machine, now }).attest(reportDataOf(keyset, nonce))
  return { ...envelope, evidence: made.evidence, endorsements: made.endorsements, keyset, nonce }
}

describe('before anything of a request is sent, evidence is refused', () => {
  test('of another keyset than the registered one, though it is genuine', async () => {
    const { bytes } = await servedEnvelope()
    const envelope = parseCmw(bytes)
    const keyset = encodeKeyset({ ...parseKeyset(envelope.keyset), hpke: `0x${'09'.repeat(32)}` })
    const other = await remade(envelope, { keyset })
    expect(await evidenceRefused(aboutEvidence(() => other))).toBe('EVIDENCE_NOT_REGISTERED')
  })

  test('of the registered keyset on another machine: it rests on other things than what the chain accepted', async () => {
    const { bytes } = await servedEnvelope()
    const elsewhere = await remade(parseCmw(bytes), { machine: 'another machine' })
    expect(await evidenceRefused(aboutEvidence(() => elsewhere))).toBe('EVIDENCE_NOT_REGISTERED')
  })

  test('of another node', async () => {
    const { bytes } = await servedEnvelope()
    const envelope = parseCmw(bytes)
    const keyset = encodeKeyset({ ...parseKeyset(envelope.keyset), node: `0x${'0e'.repeat(20)}` })
    const foreign = await remade(envelope, { keyset })
    expect(await evidenceRefused(aboutEvidence(() => foreign))).toBe('EVIDENCE_NOT_REGISTERED')
  })

  test('with a byte changed, of another root, bound to another nonce, and cut off', async () => {
    const flip = (envelope: AttestationEvidence) => {
      const evidence = envelope.evidence.slice()
      evidence[evidence.length - 1]! ^= 1
      return { ...envelope, evidence }
    }
    const { bytes } = await servedEnvelope()
    const envelope = parseCmw(bytes)
    const stranger = await remade(envelope, { seed: 'somebody else' })
    const replayed = await remade(envelope, { nonce: new Uint8Array(32) })
    expect(await evidenceRefused(aboutEvidence(flip))).toBe('EVIDENCE_SIGNATURE_INVALID')
    expect(await evidenceRefused(aboutEvidence(() => stranger))).toBe('EVIDENCE_UNTRUSTED_ROOT')
    expect(await evidenceRefused(aboutEvidence((honest) => ({ ...honest, nonce: replayed.nonce })))).toBe('EVIDENCE_BINDING_MISMATCH')
    expect(await evidenceRefused(aboutEvidence(() => bytes.subarray(0, -1)))).toBe('ATTESTATION_MALFORMED')
  })

  test('by the policy of the caller, whatever the network accepts', async () => {
    const honest = aboutEvidence(() => undefined)
    expect(await evidenceRefused(honest, { attestation: { ...OPEN_POLICY, measurements: [] } })).toBe('EVIDENCE_MEASUREMENT_UNKNOWN')
    expect(await evidenceRefused(honest, { attestation: { ...OPEN_POLICY, platforms: ['tdx'] } })).toBe('EVIDENCE_PLATFORM_DENIED')
    expect(await evidenceRefused(honest, { attestation: { ...OPEN_POLICY, gpu: { required: true } } })).toBe('EVIDENCE_GPU_MISSING')
  })

  test('that is of development, when a caller asks for hardware', async () => {
    expect(
      await evidenceRefused(
        aboutEvidence(() => undefined),
        { level: 'tee' },
      ),
    ).toBe('EVIDENCE_DEV_EVIDENCE')
  })

  test('that answers an old nonce, when the caller asks with its own', async () => {
    const { bytes } = await servedEnvelope()
    const stale = aboutEvidence((_, path) => (path.includes('nonce') ? bytes : undefined))
    expect(await evidenceRefused(stale, { fresh: true })).toBe('EVIDENCE_NONCE_MISMATCH')
  })

  test('that answers the nonce of the caller on another machine than the one that was registered', async () => {
    const elsewhere: Lie = async ({ request, reply }) => {
      const nonce = /\?nonce=0x([0-9a-f]{64})$/.exec(request.path)?.[1]
      if (nonce === undefined || reply.status !== 200) return
      const honest = parseCmw(new Uint8Array(reply.body))
      reply.body = Buffer.from(encodeCmw(await remade(honest, { machine: 'another machine', nonce: Buffer.from(nonce, 'hex') })))
    }
    expect(await evidenceRefused(elsewhere, { fresh: true })).toBe('EVIDENCE_NOT_REGISTERED')
  })

  test('that a node does not give', async () => {
    const silent: Lie = ({ request, reply }) => {
      wire.push(request)
      if (!isAttestation(request.path)) return
      reply.status = 404
      reply.body = Buffer.from('{"code":"NODE_NOT_ATTESTED","error":"not now"}')
    }
    expect(await evidenceRefused(silent)).toBe('NODE_NOT_ATTESTED')
  })
})

async function servedEnvelope(): Promise<{ bytes: Uint8Array }> {
  const reply = await fetch(`${scene.liar.url}/v1/attestation`)
  expect(reply.status).toBe(200)
  return { bytes: new Uint8Array(await reply.arrayBuffer()) }
}
describe('an answer is refused', () => {
  const channel = async (lie: Lie) => {
    const error = await refused(og, lie)
    expect(error.message).toMatch(/og\.recover\('0x[0-9a-f]{64}'\)/)
    return error
  }

  test('that came without its seal, though the receipt is right', async () => {
    const unsealed = aboutAnswer((reply) => {
      delete reply.headers['og-seal']
      reply.body = Buffer.from('{"outputs":[]}')
    })
    expect((await channel(unsealed)).code).toBe('CHANNEL_UNSEALED')
  })

  test('that was cut off, prolonged, altered, or is that of another request', async () => {
    const cut = aboutAnswer((reply) => {
      reply.body = reply.body.subarray(0, -1)
    })
    expect((await channel(cut)).code).toBe('CHANNEL_TRUNCATED')
    const longer = aboutAnswer((reply) => {
      reply.body = Buffer.concat([reply.body, Buffer.from([0])])
    })
    expect((await channel(longer)).code).toBe('CHANNEL_CLOSED')
    const altered = aboutAnswer((reply) => {
      reply.body[reply.body.length - 1]! ^= 1
    })
    expect((await channel(altered)).code).toBe('CHANNEL_MISMATCH')
    let old: Reply | undefined
    const replayed = aboutAnswer((reply) => {
      if (old) Object.assign(reply, old)
      else old = structuredClone(reply)
    })
    scene.liar.lie = replayed
    await og.infer(NAME, { input: INPUT })
    expect((await channel(replayed)).code).toBe('CHANNEL_MISMATCH')
  })

  test('whose last frame is not marked as the last', async () => {
    const unmarked = aboutAnswer((reply) => {
      reply.body[32]! &= 0x7f
    })
    expect((await channel(unmarked)).code).toBe('CHANNEL_MISMATCH')
  })

  test('whose receipt was signed by the ordinary key of the node, whatever level it claims', async () => {
    for (const change of [{}, { level: 1 }, { level: 0, proofRef: `0x${'00'.repeat(32)}` }] as const) {
      const error = await refused(
        og,
        aboutAnswer((reply) => resign(reply, change, og.chain.domain, scene.receiptKey)),
      )
      expect(error.code).toBe('VERIFICATION_FAILED')
      const failed = (error.details.verdict as Verdict).checks.filter(({ status }) => status === 'fail').map(({ id }) => id)
      expect(failed).toContain('evidence.receipt')
    }
  })

  test('whose receipt names another keyset', async () => {
    const error = await refused(
      og,
      aboutAnswer((reply) => resign(reply, { proofRef: `0x${'ab'.repeat(32)}` }, og.chain.domain, scene.receiptKey)),
    )
    expect(error.code).toBe('VERIFICATION_FAILED')
  })
})

describe('what goes over the wire', () => {
  test('shows that requests are of one session, and nothing else in common; another client has another session', async () => {
    scene.liar.lie = ({ request }) => void (isInfer(request) && wire.push(request))
    const client = await connect()
    const salts = []
    for (const by of [client, client, og]) salts.push((await by.infer(NAME, { input: INPUT })).bundle.seal)
    const [first, second, foreign] = wire.map(({ headers }) => String(headers['og-seal']).split('.')) as [string[], string[], string[]]
    expect([second[2] === first[2], second[3] === first[3], foreign[2] === first[2]]).toEqual([true, false, false])
    expect(new Set(salts.flatMap((of) => Object.values(of!))).size).toBe(6)
  })

  test('holds nothing of the request and nothing of the answer in clear', async () => {
    const told: Exchange['request']['headers'][] = []
    scene.liar.lie = ({ request, reply }) => {
      wire.push({ ...request, body: Buffer.concat([request.body, reply.body]) })
      if (isInfer(request)) told.push(request.headers, reply.headers)
    }
    const { outputs, bundle } = await og.infer(NAME, { input: INPUT })
    const output = Buffer.from((outputs.output!.data as Float32Array).slice().buffer)
    const secrets = [PLAIN, output, Buffer.from(bundle.execution).subarray(0, 64), Buffer.from('"outputs"'), Buffer.from('"inputs"')]
    expect(wire.filter(isInfer)).toHaveLength(1)
    expect(wire.find(isInfer)!.headers).toMatchObject({ 'og-level': 'development', 'og-seal': expect.stringMatching(/^v1\./) })
    for (const { body, headers } of wire)
      for (const secret of secrets) expect([body.indexOf(secret), JSON.stringify(headers).includes(secret.toString())]).toEqual([-1, false])
    // Headers tell where the JSON ends, and so nothing that its 256 bytes do not.
    expect(told.map((headers) => Number(headers['inference-header-content-length']) % 256)).toEqual([0, 0])
    expect(bundle.request!.body.length).toBeGreaterThan(0)
    expect(Buffer.from(bundle.request!.body).indexOf(PLAIN)).toBeGreaterThan(0)
  })

  test('is sealed anew for a node that has another keyset by now', async () => {
    let times = 0
    scene.liar.lie = ({ request, reply }) => {
      if (!isInfer(request)) return
      wire.push(request)
      times += 1
      if (times > 1) return
      reply.status = 409
      reply.headers = { 'content-type': 'application/json' }
      reply.body = Buffer.from('{"code":"CHANNEL_KEYSET_UNKNOWN","error":"another keyset by now"}')
    }
    const error = await og.infer(NAME, { input: INPUT }).catch((reason: OgError) => reason)
    // The node has run the first one, so that this liar is found out by the conflict of the second.
    expect(error).toMatchObject({ code: 'NODE_REQUEST_CONFLICT' })
    expect(new Set(wire.map(({ headers }) => headers['og-seal'])).size).toBe(2)
  })
})

test('a cheaper node whose enclave is not the one on chain is left for the next: nothing is sent or promised to it', async () => {
  const cheap = await lyingNode()
  cheap.target = scene.liar.target
  const account = scene.net.accountOf(2)
  const writer = createWriter({ client: og.chain, account })
  await writer.register({ endpoint: cheap.url, receiptKey: scene.net.accountOf(80).address.toLowerCase() as Hex, bond: opg('10000') })
  await writer.setPrice(scene.modelId, 0, PRICE / 2n)
  const { evidence } = await registerKeyset(og.chain, account, { modelIds: [scene.modelId] })
  const ask = async () => {
    const client = await connect()
    const { receipt } = await client.infer(NAME, { input: INPUT })
    expect(receipt.node).toBe(scene.node)
    return (await client.wallet.balance()).spentToday
  }
  const { bytes } = await servedEnvelope()
  const shows = (body: Uint8Array): Lie => {
    return ({ request, reply }) => {
      if (isAttestation(request.path)) Object.assign(reply, { status: 200, body: Buffer.from(body) })
    }
  }
  // Somebody else's evidence, which is genuine.
  cheap.lie = shows(bytes)
  expect(await ask()).toBe(PRICE)
  expect(cheap.asked.filter((line) => line.startsWith('POST'))).toEqual([])
  // Its own, and behind it nobody who holds the keys.
  cheap.lie = shows(encodeCmw(evidence))
  expect(await ask()).toBe(PRICE + PRICE / 2n)
  expect(cheap.asked.filter((line) => line.startsWith('POST'))).toHaveLength(1)
  await writer.unbond()
  await cheap.close()
})

describe('an answer from an enclave', () => {
  test('is verified, and proves offline what it is: development, never tee', async () => {
    const { verdict, receipt, bundle } = await og.infer(NAME, { input: INPUT })
    expect(receipt.level).toBe(129)
    expect(verdict).toMatchObject({ ok: true, level: 'development' })
    const now = Number(receipt.issuedAt) + 5
    const bytes = encodeBundle(bundle)
    expect(await verify(bytes, presets.development, og.chain.trust, now)).toMatchObject({ ok: true, level: 'development' })
    expect(await verify(bytes, presets.tee, og.chain.trust, now)).toMatchObject({ ok: false })
  })

  test('comes to a caller whose clock is minutes behind, too: neither keyset nor certificates have begun by it', async () => {
    const { from } = (await og.chain.keyset(scene.node))!
    const client = await scene.connect({
      policy: { level: 'development', maxPrice: opg('0.01') },
      now: () => Number(from) - 310,
    })
    expect((await client.infer(NAME, { input: INPUT })).verdict).toMatchObject({ ok: true, level: 'development' })
  })

  test('comes from an enclave that answered a nonce of the caller, where that was asked for', async () => {
    const client = await connect({ fresh: true })
    const before = scene.liar.asked.length
    expect((await client.infer(NAME, { input: INPUT })).verdict.level).toBe('development')
    expect(scene.liar.asked.slice(before).filter((asked) => asked.includes('?nonce=0x'))).toHaveLength(1)
  })

  test('comes after another look at the evidence, where the first try never left this machine', async () => {
    let lost = false
    const http = webHttp(fetch)
    const nodeHttp: typeof http = async (url, request) => {
      if (lost || request.method !== 'POST') return http(url, request)
      lost = true
      throw new OgError('NODE_UNREACHABLE', 'nobody listens there', { details: { sent: false } })
    }
    const client = await scene.connect({ policy: { level: 'development', maxPrice: opg('0.01'), fresh: true }, nodeHttp })
    const before = scene.liar.asked.length
    expect((await client.infer(NAME, { input: INPUT })).verdict.level).toBe('development')
    const [first, second, ...rest] = scene.liar.asked
      .slice(before)
      .filter((asked) => asked.includes('?nonce=0x') || asked.startsWith('POST'))
    expect([first?.includes('?nonce='), second?.includes('?nonce='), rest.map((asked) => asked.slice(0, 4))]).toEqual([
      true,
      true,
      ['POST'],
    ])
  })

  test('that was kept is judged by the policy of who asks for its bundle', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'og-sealed-book-'))
    const book = fileBook(folder)
    const policy = { level: 'development', maxPrice: opg('0.01') } as const
    const { requestId } = await (await scene.connect({ policy, book })).infer(NAME, { input: INPUT })
    const strict = await scene.connect({ policy: { ...policy, attestation: { ...OPEN_POLICY, measurements: [] } }, book })
    const { verdict } = await strict.bundle(requestId)
    expect(verdict.ok).toBe(false)
    expect(verdict.checks.find(({ id }) => id === 'evidence.measurement')?.code).toBe('EVIDENCE_MEASUREMENT_UNKNOWN')
    await rm(folder, { recursive: true })
  })

  test('is verified once for many requests', async () => {
    const client = await connect()
    const before = scene.liar.asked.length
    for (let i = 0; i < 3; i++) await client.infer(NAME, { input: INPUT })
    expect(scene.liar.asked.slice(before).filter((asked) => asked.includes('/v1/attestation'))).toHaveLength(1)
  })

  test('that was lost on its way is opened later by what was kept, and paid once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'og-sealed-book-'))
    const client = await scene.connect({ policy: { level: 'development', maxPrice: opg('0.01') }, book: fileBook(folder) })
    const cut = (reply: Reply) => {
      reply.body = reply.body.subarray(0, -1)
    }
    for (const lie of [() => 'hang up', cut]) {
      const error = await refused(client, aboutAnswer(lie))
      expect(error.code).toMatch(/^(NODE_UNREACHABLE|CHANNEL_TRUNCATED)$/)
      scene.liar.lie = undefined
      const restarted = await scene.connect({ policy: { level: 'development', maxPrice: opg('0.01') }, book: fileBook(folder) })
      const found = await restarted.recover(error.details.requestId as Hex)
      expect(found.verdict).toMatchObject({ ok: true, level: 'development' })
      // Whether it is settled by now or not.
      expect(paymentIdOf(found.bundle.payment!)).toBe(found.receipt.paymentId)
      expect(Object.keys(found.outputs)).toEqual(['output'])
      for (const entry of await restarted.receipts.list())
        for (const secret of ['seal', 'payment']) expect(Object.keys(entry)).not.toContain(secret)
    }
    await rm(folder, { recursive: true })
  })

  test('is settled and anchored like any other', async () => {
    const { requestId } = await og.infer(NAME, { input: INPUT })
    const settled = async () => {
      const { verdict } = await og.bundle(requestId)
      return verdict.checks.find(({ id }) => id === 'payment.settled')?.status === 'pass' && verdict
    }
    expect(await eventually(settled, 'the answer is settled')).toMatchObject({ ok: true, level: 'development' })
  })

  test('costs its node the bond if it signed for the payment with its ordinary key, too: the caller has both receipts in hand', async () => {
    const { requestId, receipt } = await og.infer(NAME, { input: INPUT })
    scene.liar.lie = ({ request, reply }) => {
      if (request.path !== `/v1/receipts/${requestId}`) return
      const second = { ...receipt, level: 0 as const, proofRef: ZERO_HASH }
      const signature = signDigest(receiptHash(second, og.chain.domain), scene.receiptKey)
      reply.body = Buffer.from(JSON.stringify({ receipt: receiptToJson(second), signature }))
    }
    const error = (await og.bundle(requestId).catch((reason: unknown) => reason)) as OgError
    expect(error).toMatchObject({ code: 'NODE_SIGNED_TWICE', details: { first: { receipt }, second: { receipt: { level: 0 } } } })
  })

  test('at level signature the same node answers as ever', async () => {
    const { verdict, receipt } = await og.infer(NAME, { input: INPUT }, { level: 'signature' })
    expect([receipt.level, verdict.level]).toEqual([0, 'signature'])
  })
})
