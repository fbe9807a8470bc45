import { bytesToHex, equalBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { digest } from '../crypto/hash.ts'
import { webCryptoCheck } from '../crypto/webcrypto.ts'
import { readCertificate } from '../x509/certificate.ts'
import { isSignedBy } from '../x509/signed.ts'
import { VENDOR_ROOTS } from './vendors.ts'

/** The fingerprints (SHA-256) that the vendors publish. */
const FINGERPRINTS = {
  aws: ['641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b'],
  intel: ['44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3'],
  amd: [
    '69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd',
    '4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1',
    '1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a',
  ],
  nvidia: ['102bf659d5419614c9d8e6aecebc80454eb26b1df6a769ac720b9a690b167b48'],
  tpm: ['594759594b9b61524f6c8ef668f7177f7b9066bc0674f2f49fe9e052be78beb2'],
} as const

describe('pinned roots', () => {
  it('are exactly the certificates with the fingerprints that the vendors publish', () => {
    for (const [vendor, expected] of Object.entries(FINGERPRINTS)) {
      const { anchors } = VENDOR_ROOTS[vendor as keyof typeof FINGERPRINTS]
      expect(anchors.map(({ certificate }) => bytesToHex(digest('SHA-256', certificate)).slice(2))).toEqual(expected)
      expect(anchors.every(({ trust }) => trust === 'hardware')).toBe(true)
    }
  })

  it('sign themselves, and AMD’s authorities are signed by them', async () => {
    for (const { anchors, intermediates = [] } of Object.values(VENDOR_ROOTS)) {
      const roots = anchors.map(({ certificate }) => readCertificate(certificate))
      for (const certificate of [...roots, ...intermediates.map(readCertificate)]) {
        const issuer = roots.find(({ subject }) => equalBytes(subject.bytes, certificate.issuer.bytes))!
        expect(await isSignedBy(certificate, issuer.key, webCryptoCheck), certificate.subject.commonName).toBe(true)
      }
    }
  })
})
