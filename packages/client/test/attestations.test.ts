import { parsePolicy } from '@opengradient/attestation'
import { developmentCertificates } from '@opengradient/attestation-dev'
import { rsaKey, snpCertificates } from '@opengradient/attestation-dev/make'
import { dataAddress, dataName } from '@opengradient/contracts/slots'
import { type Address, bytesToHex, concatBytes, encodeCollateral, type Hex, hexToBytes, MAX_KEPT } from '@opengradient/protocol'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type ChainClient, connect, createWriter } from '../src/index.ts'
import { attestationOf, attestationsCall, OPEN_POLICY, registerKeyset, SEED } from './attestation.testkit.ts'
import { lyingRpc, startNetwork, type TestNetwork } from './network.testkit.ts'

let net: TestNetwork
let client: ChainClient
let node: Address
const cleanups: (() => Promise<void>)[] = []

beforeAll(async () => {
  net = await startNetwork({ attestation: attestationOf() })
  client = connect({ network: net.network, headSeconds: 0 })
  node = net.accountOf(1).address.toLowerCase() as Address
  await createWriter({ client, account: net.accountOf(1) }).register({
    endpoint: 'http://127.0.0.1:8410',
    receiptKey: net.accountOf(4).address.toLowerCase() as Address,
    bond: 10_000n * 10n ** 18n,
  })
})
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean()
})
afterAll(() => net?.close())

test('a node without a keyset has none, and neither has a digest that nobody registered', async () => {
  expect(await client.keyset(node)).toBe(undefined)
  expect(await client.keyset(node, `0x${'11'.repeat(32)}`)).toBe(undefined)
})

test('policy and development roots are those of the genesis', async () => {
  const { number, json } = await client.attestationPolicy()
  expect([number, parsePolicy(json)]).toEqual([1, OPEN_POLICY])
  expect(await client.developmentRoots()).toEqual(developmentCertificates(SEED))
})

test('an RPC that gives another policy, other roots, or none, is found out', async () => {
  const answers = ['0x', '0x00', `0x00${'7b7d'}`, 'nothing', null]
  for (const answer of answers) {
    const proxy = await lyingRpc(net.rpc.url, ({ method }) => (method === 'eth_getCode' ? answer : undefined))
    cleanups.push(proxy.close)
    const deceived = connect({ network: net.network, rpcUrl: proxy.url, headSeconds: 0 })
    for (const read of [() => deceived.attestationPolicy(), () => deceived.developmentRoots()])
      await expect(read()).rejects.toMatchObject({ code: 'RPC_LIED' })
  }
})

test('a network without development roots knows none', async () => {
  const other = await startNetwork({ chainId: 7_000_000_002n })
  cleanups.push(() => other.close())
  expect(await connect({ network: other.network }).developmentRoots()).toEqual([])
})

test('a registered keyset is read as the chain accepted it, and the last one is the current one', async () => {
  const first = await registerKeyset(client, net.accountOf(1))
  const fact = await client.keyset(node)
  expect(fact).toMatchObject({ digest: first.digest, level: 129, signer: `0x${'51'.repeat(20)}`, revoked: false, policy: 1 })
  expect(fact!.end).toBe(fact!.until)
  expect(fact!.from).toBeGreaterThan(0n)
  const second = await registerKeyset(client, net.accountOf(1), { platform: 'tdx', sign: `0x${'52'.repeat(20)}` })
  expect(await client.keyset(node)).toMatchObject({ digest: second.digest, signer: `0x${'52'.repeat(20)}` })
  expect(await client.keyset(node, first.digest)).toEqual(fact)
})

test('the keysets that are not over are all shown, with what each rests on', async () => {
  const other = net.accountOf(3).address.toLowerCase() as Address
  expect(await client.keysets(other)).toEqual([])
  const all = await client.keysets(node)
  expect(all.length).toBeGreaterThanOrEqual(2)
  for (const { restsOn, digest, ...fact } of all) {
    expect(await client.keyset(node, digest)).toEqual({ digest, ...fact })
    expect(dataAddress(concatBytes(...restsOn.map((mark) => hexToBytes(mark))))).toBe(fact.marks)
  }
  const proxy = await lyingRpc(net.rpc.url, ({ method }) => (method === 'eth_getCode' ? `0x00${'00'.repeat(32)}` : undefined))
  cleanups.push(proxy.close)
  await expect(connect({ network: net.network, rpcUrl: proxy.url, headSeconds: 0 }).keysets(node)).rejects.toMatchObject({
    code: 'RPC_LIED',
  })
})

test('an RPC that hides what the marks of a keyset are cannot hide a revocation', async () => {
  const { digest } = await registerKeyset(client, net.accountOf(1), { platform: 'snp', sign: `0x${'53'.repeat(20)}` })
  expect(await client.keyset(node, digest)).toMatchObject({ revoked: false })
  const { key, collateral } = await revokeAuthority()
  expect(await client.keyset(node, digest)).toMatchObject({ revoked: true })
  expect(await client.keysets(node)).toContainEqual(expect.objectContaining({ digest, revoked: true }))
  expect(await client.collateral(key)).toMatchObject({ kind: 1, number: BigInt(number), bytes: hexToBytes(collateral) })
  expect(await client.collateral(`0x${'12'.repeat(32)}`)).toBe(undefined)
  const proxy = await lyingRpc(net.rpc.url, ({ method }) => (method === 'eth_getCode' ? '0x00' : undefined))
  cleanups.push(proxy.close)
  const deceived = connect({ network: net.network, rpcUrl: proxy.url, headSeconds: 0 })
  await expect(deceived.keyset(node, digest)).rejects.toMatchObject({ code: 'RPC_LIED' })
  await expect(deceived.collateral(key)).rejects.toMatchObject({ code: 'RPC_LIED' })
})

test('what a revocation is not about goes on', async () => {
  const { digest } = await registerKeyset(client, net.accountOf(1), { platform: 'tdx', sign: `0x${'54'.repeat(20)}` })
  await revokeAuthority(0x10002)
  expect(await client.keyset(node, digest)).toMatchObject({ revoked: false })
})

test('a node that ends its keysets has none now, and its last one has ended', async () => {
  const { digest } = await registerKeyset(client, net.accountOf(1), { sign: `0x${'55'.repeat(20)}` })
  const live = await client.keyset(node, digest)
  await attestationsCall(client, net.accountOf(1), 'endKeysets', [])
  expect(await client.keyset(node)).toBe(undefined)
  expect(await client.keysets(node)).toEqual([])
  const ended = await client.keyset(node, digest)
  expect(ended!.end).toBeLessThan(live!.end)
  expect(ended!.until).toBe(ended!.end)
})

test('a list that is kept in pieces is read as a whole, and an RPC that gives another piece is found out', async () => {
  const bytes = hexToBytes(await amdList(Array.from({ length: 2_500 }, (_, i) => 100_000 + i)))
  const pieces = Array.from({ length: Math.ceil(bytes.length / MAX_KEPT) }, (_, i) => bytes.slice(i * MAX_KEPT, (i + 1) * MAX_KEPT))
  expect(pieces.length).toBe(3)
  for (const piece of pieces) await attestationsCall(client, net.accountOf(2), 'keep', [bytesToHex(piece)])
  const posted = await attestationsCall(client, net.accountOf(2), 'postKept', [pieces.map(dataName)])
  const key = posted.logs[0]!.topics[1] as Hex
  expect(await client.collateral(key)).toMatchObject({ kind: 1, inPieces: true, number: BigInt(number), bytes })
  const [first, second] = pieces.map(dataAddress)
  const proxy = await lyingRpc(net.rpc.url, ({ method, params }) =>
    method === 'eth_getCode' && (params as Address[])[0] === second ? `0x00${bytesToHex(pieces[0]!).slice(2)}` : undefined,
  )
  cleanups.push(proxy.close)
  const deceived = connect({ network: net.network, rpcUrl: proxy.url, headSeconds: 0 })
  await expect(deceived.collateral(key)).rejects.toMatchObject({ code: 'RPC_LIED', details: { address: second } })
  expect(first).not.toBe(second)
})

let number = 1_000_000
/** A list of AMD's development root, newer than the one before. */
async function amdList(serials: readonly number[]): Promise<Hex> {
  const keys = { ark: rsaKey('pss', `${SEED}: snp ark`), ask: rsaKey('pss', `${SEED}: snp ask`) }
  const lineage = { root: 'DEVELOPMENT AMD', organization: 'DEVELOPMENT', notBefore: 1_577_836_800, notAfter: 2_524_521_600 }
  const { ark, arkCrl } = snpCertificates({ ...keys, vcek: keys.ask }, lineage)
  const now = Number((await client.head()).header.timestamp)
  number += 1
  const body = arkCrl('Genoa', { thisUpdate: now, nextUpdate: now + 86_400, number } as Parameters<typeof arkCrl>[1], serials)
  return bytesToHex(encodeCollateral({ kind: 'crl', body, signature: new Uint8Array(), certificates: [ark('Genoa')] }))
}

/** Brings a list that names a serial (of the authority below the root), and has it revoked on chain. */
async function revokeAuthority(serial = 0x10001): Promise<{ key: Hex; collateral: Hex }> {
  const collateral = await amdList([serial])
  const posted = await attestationsCall(client, net.accountOf(2), 'postCollateral', [collateral])
  const key = posted.logs[0]!.topics[1] as Hex
  await attestationsCall(client, net.accountOf(2), 'revokeListed', [key, [BigInt(serial)]])
  return { key, collateral }
}
