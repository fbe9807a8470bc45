import { describe, expect, it } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { hashOf } from '../testkit/samples.testkit.ts'
import { encodeNetworkFile, MAX_NETWORK_FILE_BYTES, type NetworkFile, parseNetworkFile, trustOf } from './network.ts'

const file: NetworkFile = {
  name: 'local',
  chainId: 4_611_686_018_427,
  genesisHash: hashOf('genesis'),
  anchors: [
    { height: 0, blockHash: hashOf('genesis') },
    { height: 0, validatorsHash: hashOf('validators'), time: 1_790_000_000, trustingPeriod: 1_209_600 },
  ],
  rpcUrls: ['http://127.0.0.1:8545', 'wss://rpc.example.org/v1'],
}

describe('a network file', () => {
  it('comes back as it was', () => {
    expect(parseNetworkFile(encodeNetworkFile(file))).toEqual(file)
  })

  it('stands for a trust that holds no addresses', () => {
    expect(trustOf(file)).toEqual({ chainId: file.chainId, genesisHash: file.genesisHash, anchors: file.anchors })
    const pinned: NetworkFile = { ...file, roots: ['0x3000'] }
    expect(trustOf(parseNetworkFile(encodeNetworkFile(pinned))).roots).toEqual(['0x3000'])
  })

  it.each<[string, object]>([
    ['a name in upper case', { name: 'Local' }],
    ['a name that is a path', { name: '../local' }],
    ['no name', { name: '' }],
    ['another genesis than its anchor of block 0', { genesisHash: hashOf('other') }],
    ['an anchor of block 0 that is another than its genesis', { anchors: [...file.anchors, { height: 0, blockHash: hashOf('other') }] }],
    ['a chain id of zero', { chainId: 0 }],
    ['a chain id as text', { chainId: '5' }],
    ['a chain id with fraction', { chainId: 1.5 }],
    ['a short genesis hash', { genesisHash: '0x12' }],
    ['an anchor of both kinds', { anchors: [{ ...file.anchors[0], ...file.anchors[1] }] }],
    ['an anchor of no kind', { anchors: [{ height: 0 }] }],
    ['an anchor without period', { anchors: [{ height: 0, validatorsHash: hashOf('v'), time: 0 }] }],
    ['an anchor with a period of zero', { anchors: [{ ...file.anchors[1], trustingPeriod: 0 }] }],
    ['an anchor below the genesis', { anchors: [{ height: -1, blockHash: hashOf('b') }] }],
    ['an unknown key', { faucet: 'http://127.0.0.1' }],
    ['an address that is no URL', { rpcUrls: ['127.0.0.1:8545'] }],
    ['an address of an impossible host', { rpcUrls: ['http://127.999.0.1:8545'] }],
    ['an address of another scheme', { rpcUrls: ['file:///etc/passwd'] }],
    ['an address with a space', { rpcUrls: ['http://a b'] }],
  ])('is refused with %s', (_, change) => {
    refusal(() => parseNetworkFile(utf8(JSON.stringify({ ...file, ...change }))), 'NETWORK_FILE_INVALID')
    refusal(() => encodeNetworkFile({ ...file, ...change } as NetworkFile), 'NETWORK_FILE_INVALID')
  })

  it('may name any block as an anchor above its genesis, and needs none at it', () => {
    for (const anchors of [[], [{ height: 1, blockHash: hashOf('other') }], [file.anchors[1]!]])
      expect(parseNetworkFile(encodeNetworkFile({ ...file, anchors }))).toEqual({ ...file, anchors })
  })

  it('is refused if it is too large or no JSON', () => {
    refusal(() => parseNetworkFile(new Uint8Array(MAX_NETWORK_FILE_BYTES + 1)), 'JSON_TOO_LARGE')
    refusal(() => parseNetworkFile(utf8('name: local')), 'JSON_SYNTAX')
  })
})
