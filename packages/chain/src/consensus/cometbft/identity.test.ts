import { bytesToHex, hexToBytes, OgError } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { engineNodeId, enginePublicKey } from './engineKey.ts'
import { consensusAddress } from './identity.ts'

describe('consensus keys', () => {
  it('have CometBFT’s addresses', () => {
    // crypto/secp256k1/secp256k1_test.go of CometBFT: 1CKZ9Nx4zgds8tU7nJHotKSDr4a9bYJCa3 in Base58Check.
    const secp256k1 = hexToBytes('0x02950e1cdfcb133d6024109fd489f734eeb4502418e538c28481f22bce276f248c')
    expect(consensusAddress(secp256k1)).toBe('0x7c2bb42a8be69791ec763e51f5a49bcd41e82237')
    // RFC 8032, 7.1, test 1: the public key of the first seed; its address is its SHA-256 cut to 20 bytes.
    const ed25519 = hexToBytes('0xd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
    expect(consensusAddress(ed25519)).toBe('0x21fe31dfa154a261626bf854046fd2271b7bed4b')
    expect(() => consensusAddress(new Uint8Array(20))).toThrow(OgError)
  })

  it('come from their seeds as in RFC 8032', () => {
    const seed = hexToBytes('0x9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60')
    expect(bytesToHex(enginePublicKey(seed))).toBe('0xd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
    expect(engineNodeId(seed)).toBe('21fe31dfa154a261626bf854046fd2271b7bed4b')
    expect(() => enginePublicKey(seed.subarray(1))).toThrow(/32 bytes, not 31/)
  })
})
