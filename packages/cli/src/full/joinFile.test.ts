import { encodeGenesis } from '@opengradient/chain'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sampleGenesis } from './genesis.testkit.ts'
import { encodeJoinFile, MAX_JOIN_BYTES, parseJoinFile } from './joinFile.ts'

const peer = `${'ab'.repeat(20)}@node.example.org:26656`
const file = { network: 'og-test', genesis: sampleGenesis(), peers: [peer], syncServers: ['https://rpc.example.org'] }
const bytes = (text: string) => new TextEncoder().encode(text)
const plain = JSON.parse(new TextDecoder().decode(encodeJoinFile(file))) as Record<string, unknown>
const changed = (change: object) => bytes(JSON.stringify({ ...plain, ...change }))

test('a join file is read as it was written; a bare genesis names its network by its chain', () => {
  expect(parseJoinFile(encodeJoinFile(file))).toEqual(file)
  expect(parseJoinFile(encodeGenesis(file.genesis))).toEqual({ network: 'og-77', genesis: file.genesis, peers: [], syncServers: [] })
})

test.each<[string, Uint8Array]>([
  ['nothing', bytes('')],
  ['a list', bytes('[]')],
  ['another version', changed({ version: 2 })],
  ['a field too many', changed({ run: 'rm -rf /' })],
  ['a name that is a path', changed({ network: '../../etc/passwd' })],
  ['no name', changed({ network: '' })],
  ['peers that are settings', changed({ peers: [`${peer}"\n[rpc]\nunsafe = true`] })],
  ['65 peers', changed({ peers: Array(65).fill(peer) })],
  ['a server that is a file', changed({ syncServers: ['file:///etc/passwd'] })],
  ['a genesis with a field too many', changed({ genesis: { ...(plain.genesis as object), admin: 'me' } })],
  ['a genesis without validators', changed({ genesis: { ...(plain.genesis as object), validators: undefined } })],
  ['a key twice', bytes(`{"version":1,"version":1,${JSON.stringify(plain).slice(1)}`)],
  ['too much', bytes(JSON.stringify({ ...plain, network: 'x'.repeat(MAX_JOIN_BYTES) }))],
])('a join file with %s is refused', (_, hostile) => {
  expect(() => parseJoinFile(hostile)).toThrow(expect.objectContaining({ name: 'OgError' }))
})

test('no bytes make it throw anything else', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(bytes)), (hostile) => {
      expect(() => parseJoinFile(hostile)).toThrow(expect.objectContaining({ name: 'OgError' }))
    }),
  )
})
