import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { checkPin, fetchJoin } from './fetchJoin.ts'
import { sampleGenesis } from './genesis.testkit.ts'
import { encodeJoinFile, MAX_JOIN_BYTES } from './joinFile.ts'

const PEER = `${'ab'.repeat(20)}@node.example.org:26656`
const encoded = (network: string, peers = [PEER]) => encodeJoinFile({ network, genesis: sampleGenesis(), peers, syncServers: [] })
const refusal = (code: string) => expect.objectContaining({ name: 'OgError', code })
const cleanups: (() => void)[] = []
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean()
})

async function serve(answer: RequestListener): Promise<string> {
  const server: Server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => server.close() && server.closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What a server far away would answer, without a network. */
const far =
  (bytes: Uint8Array): typeof fetch =>
  async () =>
    new Response(bytes as Uint8Array<ArrayBuffer>)

test.each([
  'http://rpc.example.org',
  'ftp://127.0.0.1/x',
  'https://user:secret@rpc.example.org',
  'http://127.0.0.1.example.org',
  'http://',
  'file:///etc/passwd',
])('%s is not asked', async (url) => {
  const asked: string[] = []
  const spy = (async (address: string) => asked.push(address)) as unknown as typeof fetch
  await expect(fetchJoin(url, '/', spy)).rejects.toThrow(refusal('USAGE'))
  expect(asked).toEqual([])
})

test('a server may not answer too much, elsewhere, or not at all', async () => {
  const huge = await serve((_, response) => response.end(Buffer.alloc(MAX_JOIN_BYTES + 1, 32)))
  await expect(fetchJoin(huge, '/')).rejects.toThrow(refusal('NODE_RESPONSE_INVALID'))
  const elsewhere = await serve((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end())
  await expect(fetchJoin(elsewhere, '/')).rejects.toThrow(refusal('NODE_RESPONSE_INVALID'))
  const missing = await serve((_, response) => response.writeHead(404).end())
  await expect(fetchJoin(missing, '/')).rejects.toThrow(/join\.json/)
  await expect(fetchJoin('http://127.0.0.1:1', '/')).rejects.toThrow(refusal('NODE_UNREACHABLE'))
  await expect(fetchJoin('http://127.0.0.1:1', '/')).rejects.toThrow(/--join FILE/)
})

test('the address of a node is enough; its join file lies at a path of its own', async () => {
  const paths: (string | undefined)[] = []
  const url = await serve(({ url: path }, response) => {
    paths.push(path)
    response.end(encoded('og-test'))
  })
  expect(await fetchJoin(url, '/')).toMatchObject({ network: 'og-test', ownMachine: true })
  expect(await fetchJoin(`${url}/elsewhere.json`, '/')).toMatchObject({ network: 'og-test' })
  expect(paths).toEqual(['/join.json', '/elsewhere.json'])
})

test('a stranger cannot pass for a network of this machine, where development accounts pay', async () => {
  for (const name of ['local', 'local-testnet'])
    await expect(fetchJoin('https://rpc.example.org', '/', far(encoded(name)))).rejects.toThrow(refusal('NETWORK_FILE_INVALID'))
  const own = encoded('og-test', [PEER.replace('node.example.org', '127.0.0.1')])
  await expect(fetchJoin('https://rpc.example.org', '/', far(own))).rejects.toThrow(/--external/)
  expect(await fetchJoin('https://rpc.example.org', '/', far(encoded('localities')))).toMatchObject({ ownMachine: false })
})

test('a file is read from the folder of the caller', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'og join '))
  cleanups.push(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'join.json'), encoded('local-testnet'))
  expect(await fetchJoin('./join.json', folder)).toMatchObject({ network: 'local-testnet', ownMachine: true })
  await expect(fetchJoin('nothing.json', folder)).rejects.toThrow(refusal('USAGE'))
})

test('a pinned genesis is the only one taken', async () => {
  const joined = await fetchJoin('https://rpc.example.org', '/', far(encoded('og-test')))
  checkPin(joined, sampleGenesis().hash.toUpperCase().replace('0X', '0x'))
  expect(() => checkPin(joined, sampleGenesis(78n).hash)).toThrow(refusal('CHAIN_GENESIS_INVALID'))
  expect(() => checkPin(joined, '0x12')).toThrow(refusal('USAGE'))
})
