import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AttestationPolicy } from '@opengradient/attestation'
import { type DevelopmentAttester, developmentAttester, developmentRootOf } from '@opengradient/attestation-dev'
import {
  ecKey,
  intelCertificates,
  type ListDates,
  qeIdentity,
  rsaKey,
  signedFile,
  snpCertificates,
  tcbInfo,
} from '@opengradient/attestation-dev/make'
import { type ChainClient, connect, createWriter } from '@opengradient/client'
import {
  type Address,
  bytesToHex,
  decodeCollateral,
  encodeCmw,
  encodeCollateral,
  encodeEvidenceInput,
  encodeKeyset,
  encodeNetworkFile,
  hexToBytes,
  MAX_KEPT,
  reportDataOf,
} from '@opengradient/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attestationOf, attestationsCall, OPEN_POLICY, SEED } from '../../../../../client/test/attestation.testkit.ts'
import { startNetwork, type TestNetwork } from '../../../../../client/test/network.testkit.ts'
import { trustsWith } from '../../../attestation/judge.ts'
import { InProcess } from '../../../attestation/og.testkit.ts'
import { intelFile, intelList, VendorServer } from '../../../collateral/vendors.testkit.ts'
import { withPosted } from '../../../tee/posted.ts'

/** The vendor's lists and files have to be there, as on every real network. */
const STRICT: AttestationPolicy = { ...OPEN_POLICY, platforms: ['tdx', 'snp'], revocation: 'required' }
/** Serial of the development platforms. */
const PLATFORM = 13

const home = new InProcess()
const vendor = new VendorServer()
let net: TestNetwork
let client: ChainClient
let service: string
let node: Address
let now: number

/** The Intel of development machines below the seed. */
const keys = Object.fromEntries(['root', 'ca', 'tcb'].map((name) => [name, ecKey('P-256', `${SEED}: intel ${name}`)])) as Record<
  'root' | 'ca' | 'tcb',
  ReturnType<typeof ecKey>
>
const lineage = { root: 'DEVELOPMENT Intel', organization: 'DEVELOPMENT', notBefore: 1_577_836_800, notAfter: 2_524_521_600 }
const intel = intelCertificates({ ...keys, pck: keys.ca, attestation: keys.ca }, lineage)
const dates = (number: number): ListDates => ({ number, thisUpdate: now, nextUpdate: now + 7 * 86_400 }) as ListDates
const list = (number: number, revoked: readonly number[] = []) => intelList(intel.pckCrl(dates(number), revoked), intel.ca, intel.root)

/** A machine as the kernel shows it: a quote and nothing beside it. */
function machine(): DevelopmentAttester {
  const made = developmentAttester({ platform: 'tdx', seed: SEED, now: () => now })
  return { ...made, attest: async (data) => ({ evidence: (await made.attest(data)).evidence, endorsements: {} }) }
}

const completed = () =>
  withPosted(machine(), async () => {
    const head = await client.head()
    const facts = client.at(head)
    return { facts, time: Number(head.header.timestamp), trusts: trustsWith(await facts.developmentRoots()) }
  })

/** Registers a keyset of the node with what an attester gives. */
async function register(attester: { attest: DevelopmentAttester['attest'] }, sign: Address, platform = 'tdx') {
  const { header } = await client.head()
  const begin = BigInt(header.timestamp)
  const hash = `0x${'09'.repeat(32)}` as const
  const keyset = encodeKeyset({
    ...{ v: 1, chainId: client.domain.chainId, node, notBefore: begin, notAfter: begin + 3600n },
    ...{ sign, hpke: hash, modelIds: [hash], runtimeDigest: hash },
  })
  const nonce = hexToBytes(header.parentHash)
  const { evidence, endorsements } = await attester.attest(reportDataOf(keyset, nonce))
  const input = encodeEvidenceInput({ platform, evidence, endorsements, gpus: [], keyset, nonce })
  return attestationsCall(client, net.accountOf(1), 'register', [bytesToHex(input), BigInt(header.number) - 1n, []])
}

const address = (byte: string): Address => `0x${byte.repeat(20)}`
const NET = ['--network', './net.json']
const fetched = (...args: string[]) =>
  home.json<{ files: { name: string; kind: string }[]; complete: boolean; refused: string[] }>(
    ...['attestation', 'collateral', 'fetch', 'quote.bin', '--platform', 'tdx', '--roots', 'root.der', '--intel', service],
    ...args,
  )
const post = (...files: string[]) =>
  home.json<{ files: { posted: boolean; key: string }[]; revoked: { serials: string[]; nodes: string[] }[] }>(
    ...['attestation', 'collateral', 'post', ...files, ...NET],
  )
const inFolder = (folder: string) => readdirSync(join(home.root, folder)).map((name) => join(folder, name))

/** A network on which nothing is posted and nothing revoked, with one node. */
async function begin(): Promise<void> {
  net = await startNetwork({ attestation: attestationOf(STRICT) })
  client = connect({ network: net.network, headSeconds: 0 })
  node = net.accountOf(1).address.toLowerCase() as Address
  const receiptKey = net.accountOf(4).address.toLowerCase() as Address
  await createWriter({ client, account: net.accountOf(1) }).register({
    endpoint: 'http://127.0.0.1:8410',
    receiptKey,
    bond: 10_000n * 10n ** 18n,
  })
  // The chain's blocks may be some seconds ahead of the machine's clock, by which commands judge.
  now = Number((await client.head()).header.timestamp) - 60
  home.file('net.json', encodeNetworkFile(net.network))
}

beforeAll(async () => {
  await begin()
  service = await vendor.start()
  home.file('root.der', developmentRootOf(SEED, 'tdx'))
  home.file('quote.bin', (await machine().attest(new Uint8Array(64))).evidence)
  const sgx = '/sgx/certification/v4'
  const signers = [intel.tcbSigner(), intel.root]
  vendor.answers.set(`${sgx}/rootcacrl`, { body: intel.rootCrl(dates(1)) })
  vendor.answers.set(`${sgx}/pckcrl?ca=platform&encoding=der`, list(1))
  vendor.answers.set(`${sgx}/pckcrl?ca=processor&encoding=der`, intelList(intel.rootCrl(dates(1)), intel.root))
  vendor.answers.set(
    '/tdx/certification/v4/tcb?fmspc=b0c06f000000',
    intelFile('tcbInfo', signedFile(tcbInfo('TDX', now), keys.tcb, signers)),
  )
  vendor.answers.set(
    '/tdx/certification/v4/qe/identity',
    intelFile('enclaveIdentity', signedFile(qeIdentity('TD_QE', now), keys.tcb, signers)),
  )
})
afterAll(async () => {
  home.remove()
  await vendor.close()
  await net?.close()
})

describe('og attestation collateral', () => {
  it('asks about one machine, and not about none or two', async () => {
    for (const args of [[], ['quote.bin', '--tee', 'auto']]) {
      const { code, err } = await home.og('attestation', 'collateral', 'fetch', ...args)
      expect([code, err.replace(/\s+/g, ' ')]).toEqual([2, expect.stringMatching(/about which machine/)])
    }
    expect((await fetched('--family', 'Rome')).code).toBe(2)
    expect((await home.og('attestation', 'collateral', 'fetch', 'quote.bin', '--platform', 'tdx', '--intel', 'ftp://x')).code).toBe(2)
  })

  it('without it a machine whose hardware gives none is refused', async () => {
    await expect(register(completed(), address('51'))).rejects.toMatchObject({ code: 'CHAIN_REVERTED' })
  })

  it('fetches what the machine needs, into files', async () => {
    const { code, json } = await fetched('-o', 'found')
    expect([code, json.complete, json.refused]).toEqual([0, true, []])
    expect(json.files.map(({ kind }) => kind).sort()).toEqual(['crl', 'crl', 'qeIdentity', 'tcbInfo'])
    // The other authority's list is the root's once more here.
    expect(inFolder('found').length).toBe(4)
    for (const file of inFolder('found')) decodeCollateral(new Uint8Array(readFileSync(join(home.root, file))))
  })

  it('fetches what the GPUs of an envelope need, too', async () => {
    const data = new Uint8Array(64)
    const gpu = developmentAttester({ platform: 'nvidia-gpu', seed: SEED, now: () => now })
    const { evidence, endorsements } = await gpu.attest(data)
    const [l1 = data, l2 = data] = endorsements.crls ?? []
    vendor.answers.set('/crl/l1-root.crl', { body: l1 })
    vendor.answers.set('/crl/l2-gh100.crl', { body: l2 })
    const gpus = [1, 2].map(() => ({ evidence, endorsements: { certificates: endorsements.certificates! } }))
    const quote = (await machine().attest(data)).evidence
    const keyset = new TextEncoder().encode('whatever it is')
    const nonce = new Uint8Array(32)
    home.file('envelope.json', encodeCmw({ platform: 'tdx', evidence: quote, endorsements: {}, gpus, keyset, nonce }))
    home.file('gpu.der', developmentRootOf(SEED, 'nvidia-gpu'))
    const { json } = await home.json<{ files: object[]; complete: boolean }>(
      ...['attestation', 'collateral', 'fetch', 'envelope.json', '--roots', 'root.der', 'gpu.der', '--intel', service, '--nvidia', service],
      ...['-o', 'gpus'],
    )
    expect([json.complete, json.files.length]).toEqual([true, 6])
  })

  it('is not posted when it is changed, of no vendor, or no file of ours', async () => {
    const [first = ''] = inFolder('found')
    const { body, ...rest } = decodeCollateral(new Uint8Array(readFileSync(join(home.root, first))))
    home.file('changed.collateral', encodeCollateral({ ...rest, body: body.map((byte, i) => (i === 60 ? byte ^ 1 : byte)) }))
    home.file('other.collateral', 'nothing of that kind')
    for (const file of ['changed.collateral', 'other.collateral', 'missing.collateral']) {
      const { code, out } = await home.og('attestation', 'collateral', 'post', first, file, ...NET)
      expect([file, code === 0, out]).toEqual([file, false, ''])
    }
    expect(await client.collateral((await post(first)).json.files[0]!.key as `0x${string}`)).toBeDefined()
  })

  it('is posted once, and then a machine whose hardware gives none registers with it', async () => {
    const files = inFolder('found')
    const { code, json } = await post(...files)
    expect([code, json.files.filter(({ posted }) => posted).length]).toEqual([0, 3])
    expect((await post(...files)).json.files.some(({ posted }) => posted)).toBe(false)
    await expect(register(machine(), address('52'))).rejects.toMatchObject({ code: 'CHAIN_REVERTED' })
    await register(completed(), address('53'))
    const [own] = await client.keysets(node)
    expect(own).toMatchObject({ signer: address('53'), revoked: false })
  })

  it('what the hardware brings itself gives way to what the chain has that is newer, and stays otherwise', async () => {
    const old = developmentAttester({ platform: 'tdx', seed: SEED, now: () => now - 86_400 })
    const at = async (time: number) => {
      const facts = client.at(await client.head())
      return { facts, time, trusts: trustsWith(await facts.developmentRoots()) }
    }
    const { endorsements } = await withPosted(old, () => at(now)).attest(new Uint8Array(64))
    const own = (await old.attest(new Uint8Array(64))).endorsements
    expect(endorsements.tcbInfo).not.toEqual(own.tcbInfo)
    expect(endorsements.crls!.length).toBe(4)
    const none = { facts: { collateral: async () => undefined }, time: now, trusts: (await at(now)).trusts }
    expect((await withPosted(old, async () => none).attest(new Uint8Array(64))).endorsements).toEqual(own)
  })

  it('a list that names a machine ends its keysets when it is posted', async () => {
    expect((await home.json('attestation', 'revoke-listed', ...NET)).json).toMatchObject({ posted: 4, revoked: [] })
    now += 1
    vendor.answers.set('/sgx/certification/v4/pckcrl?ca=platform&encoding=der', list(2, [5, PLATFORM]))
    const { code, json } = await fetched('-o', 'newer')
    // The evidence of this machine is good no more, and the list is there nevertheless.
    expect([code, json.complete, json.refused.join()]).toEqual([1, false, expect.stringMatching(/revoked/)])
    const lists = inFolder('newer').filter((name) => name.includes('crl-'))
    expect(lists.length).toBe(2)
    const posted = await post(...lists)
    expect(posted.json.revoked).toEqual([{ key: expect.any(String), serials: [String(PLATFORM)], nodes: [node] }])
    expect(await client.keysets(node)).toMatchObject([{ revoked: true }])
    expect((await post(...lists)).json.revoked).toEqual([])
  })

  it('a list of more than one account holds is posted in pieces, and is there as a whole', async () => {
    now += 1
    const long = list(3, [PLATFORM, ...Array.from({ length: 2_500 }, (_, i) => 100_000 + i)])
    vendor.answers.set('/sgx/certification/v4/pckcrl?ca=platform&encoding=der', long)
    const { json } = await fetched('-o', 'long')
    expect(json.files.length).toBe(4)
    const name = inFolder('long').find((file) => readFileSync(join(home.root, file)).length > MAX_KEPT)!
    const posted = await post(name)
    expect([posted.code, posted.json.files.map((one) => one.posted)]).toEqual([0, [true]])
    const bytes = new Uint8Array(readFileSync(join(home.root, name)))
    expect(await client.collateral(posted.json.files[0]!.key as `0x${string}`)).toMatchObject({ inPieces: true, bytes })
    expect((await post(name)).json.files.map((one) => one.posted)).toEqual([false])
  })

  it('a list that somebody posted and nobody acted on is acted on by one command', async () => {
    await register(developmentAttester({ platform: 'snp', seed: SEED, now: () => now }), address('54'), 'snp')
    const rsa = { ark: rsaKey('pss', `${SEED}: snp ark`), ask: rsaKey('pss', `${SEED}: snp ask`) }
    const amd = snpCertificates({ ...rsa, vcek: rsa.ask }, lineage)
    const body = amd.arkCrl('Genoa', dates(1_000_000), [0x10001, 9])
    const given = encodeCollateral({ kind: 'crl', body, signature: new Uint8Array(), certificates: [amd.ark('Genoa')] })
    await attestationsCall(client, net.accountOf(2), 'postCollateral', [bytesToHex(given)])
    const live = async () => (await client.keysets(node)).filter(({ revoked }) => !revoked).map(({ signer }) => signer)
    expect(await live()).toEqual([address('54')])
    const revoke = () => home.json<{ revoked: object[] }>('attestation', 'revoke-listed', ...NET)
    expect((await revoke()).json.revoked).toEqual([{ key: expect.any(String), serials: [String(0x10001)], nodes: [node] }])
    expect(await live()).toEqual([])
    expect((await revoke()).json.revoked).toEqual([])
  })

  it('a list ends keysets also when somebody has posted a later one in its place, which does not name them', async () => {
    await net.close()
    await begin()
    await register(developmentAttester({ platform: 'tdx', seed: SEED, now: () => now }), address('56'))
    const given = (number: number, revoked: readonly number[]) => {
      const body = intel.pckCrl(dates(number), revoked)
      return encodeCollateral({ kind: 'crl', body, signature: new Uint8Array(), certificates: [intel.ca, intel.root] })
    }
    home.file('naming.collateral', given(2_000_000, [5, PLATFORM]))
    now += 1
    await attestationsCall(client, net.accountOf(2), 'postCollateral', [bytesToHex(given(2_000_001, []))])
    expect((await home.json('attestation', 'revoke-listed', ...NET)).json).toMatchObject({ posted: 1, revoked: [] })
    const { code, json } = await post('naming.collateral')
    expect([code, json.files.map(({ posted }) => posted)]).toEqual([0, [false]])
    expect(json.revoked).toEqual([{ key: json.files[0]!.key, serials: [String(PLATFORM)], nodes: [node] }])
    expect(await client.keysets(node)).toMatchObject([{ signer: address('56'), revoked: true }])
  })
})
