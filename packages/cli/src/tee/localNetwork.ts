import { DEFAULT_POLICY, type Platform, policyBytes } from '@opengradient/attestation'
import type { GenesisParameters } from '@opengradient/chain'
import { bytesToHex, fromBase64, type Hex } from '@opengradient/protocol'

/** What the development machines of local networks are made from. Everybody knows it: their evidence says nothing about any machine. */
export const LOCAL_SEED = 'OpenGradient local network'
/** The format that they attest in. */
export const LOCAL_PLATFORM: Platform = 'nitro'

/** `developmentRootOf(LOCAL_SEED, LOCAL_PLATFORM)`, kept here so that a genesis is made without development code. */
const ROOT =
  'MIIBuzCCAUGgAwIBAgIBBzAKBggqhkjOPQQDAzA2MRQwEgYDVQQKDAtERVZFTE9QTUVOVDEeMBwGA1UEAwwVREVWRUxPUE1FTlQgQVdTIE5pdHJvMB4XDTIwMDEwMTAwMDAwMFoX' +
  'DTQ5MTIzMTAwMDAwMFowNjEUMBIGA1UECgwLREVWRUxPUE1FTlQxHjAcBgNVBAMMFURFVkVMT1BNRU5UIEFXUyBOaXRybzB2MBAGByqGSM49AgEGBSuBBAAiA2IABFNEpC6A2uSv' +
  'xZYINoIqqyRiqn3UmJLs7vnZnwqeHuLqL28O5OPwulcW9TxyMNpvLkMHZuqvh5XCLKs84MCcQMobhe4gKEf7KSVV6qXoihhyTTMtF7IlGhdEiuMvletGVqMjMCEwDwYDVR0TAQH/' +
  'BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwMDaAAwZQIwYkmHNx3yeSse9HAU7X4+rGMUlvl4Cq/zWjDH9/G1tg2qccn5Nptkh0SpPUcAfgKTAjEAvQWDiHIxc8E3' +
  'xie0Hlz4dNM0x2uikv/JflFYTEM9ZB4vWrpyEVMbGtDqcF/2q5jV'
/** What a development machine measures if it is told nothing else. */
const PCR0: Hex = '0xbb808f90e9678f28e9a986c52a0f9df8bf977fbd879cb0ec17e183690cc3ea977e32960db5f94fdfcdea7ef33d2920c9'
/** The end of the development root. */
const UNTIL = Date.UTC(2049, 11, 31) / 1000

/** How a local network judges evidence: that of development machines is good, at level development; there is no other code on its list. */
export function localAttestation(): NonNullable<GenesisParameters['attestation']> {
  const build = 'https://opengradient.ai/docs/attestation#development'
  const policy = policyBytes({
    ...DEFAULT_POLICY,
    platforms: [LOCAL_PLATFORM],
    allowDevelopment: true,
    measurements: [{ platform: LOCAL_PLATFORM, values: { pcr0: PCR0 }, notAfter: UNTIL, build }],
  })
  return { policy: new TextDecoder().decode(policy), developmentRoots: [bytesToHex(fromBase64(ROOT, 'root'))] }
}
