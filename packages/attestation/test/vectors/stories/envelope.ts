import { encodeKeyset, gpuNonce, type Keyset, reportDataOf, utf8 } from '@opengradient/protocol'
import { NOW } from '../../../src/testkit/ca.testkit.ts'
import { KEYSET, MODEL, NODE, NONCE, OTHER } from '../../../src/testkit/keyset.testkit.ts'
import { nitroEvidence, nitroRoots, PCR0 } from '../../../src/testkit/nitro.testkit.ts'
import { gpuChain, gpuCrls, gpuKeys, gpuReport, gpuRoots } from '../../../src/testkit/nvidia.testkit.ts'
import { snpEndorsements, snpReport, snpRoots } from '../../../src/testkit/snp.testkit.ts'
import { type Case, type Story, tell } from '../story.ts'

const EXPECT = { chainId: 5n, node: NODE, modelId: MODEL }
const BYTES = encodeKeyset(KEYSET)
const DATA = reportDataOf(BYTES, NONCE)
const bound = (reportData: Uint8Array): Uint8Array => nitroEvidence({ user_data: reportData, nonce: null })
const story = tell({
  platform: 'nitro',
  evidence: bound(DATA),
  roots: { ...nitroRoots, ...gpuRoots },
  envelope: { keyset: BYTES, nonce: NONCE, expect: EXPECT },
})
/** The envelope of a keyset with changes, whose evidence is bound to it. */
const keyset = (changes: Partial<Keyset>): Case => of(encodeKeyset({ ...KEYSET, ...changes }))
const of = (bytes: Uint8Array, nonce = NONCE): Case => ({
  evidence: bound(reportDataOf(bytes, nonce)),
  envelope: { keyset: bytes, nonce, expect: EXPECT },
})
const expecting = (expect: object): Case => ({ envelope: { keyset: BYTES, nonce: NONCE, expect: { ...EXPECT, ...expect } } })
const rejected = (change: Case, code: Story['code']): Case => ({ ...change, code: code! })
const text = new TextDecoder().decode(BYTES)
const gpu = (nonce = gpuNonce(DATA), by = gpuKeys.gpu) => ({
  evidence: gpuReport({ nonce, by }),
  endorsements: { certificates: gpuChain(), crls: gpuCrls() },
})
const nonceHex = `0x${'07'.repeat(32)}` as const
const nitroAnchors = (trust: 'hardware' | 'development') => ({
  aws: { anchors: nitroRoots.aws.anchors.map((anchor) => ({ ...anchor, trust })) },
})
const entry = {
  platform: 'nitro' as const,
  values: { pcr0: `0x${Buffer.from(PCR0).toString('hex')}` as const },
  notAfter: NOW + 100,
  build: 'https://example.org/builds/1',
}
const another = encodeKeyset({ ...KEYSET, hpke: `0x${'0a'.repeat(32)}` })

export const envelope: readonly Story[] = [
  story('envelope-bound', 'Evidence that is bound to keyset and nonce; it holds until the keyset ends.'),
  story('envelope-hardware', 'The same under a root that stands for hardware.', {
    roots: nitroAnchors('hardware'),
    policy: { allowDevelopment: false },
  }),
  story(
    'envelope-until-certificate',
    'It holds until the leaf’s certificate ends, before the keyset.',
    keyset({ notAfter: BigInt(NOW + 80_000) }),
  ),
  story('envelope-until-entry', 'It holds until the entry ends that allows the code.', {
    policy: { measurements: [{ ...entry, notAfter: NOW }, entry] },
  }),
  story('envelope-last-second', 'In the last second of the keyset.', keyset({ notAfter: BigInt(NOW + 1) })),
  story('envelope-ahead', 'The keyset begins as far ahead as clocks may differ.', keyset({ notBefore: BigInt(NOW + 300) })),
  story('envelope-any-model', 'The caller expects no model.', expecting({ modelId: undefined })),
  story('envelope-second-model', 'The expected model is the second of the keyset.', {
    ...keyset({ modelIds: [MODEL, OTHER] }),
    envelope: { keyset: encodeKeyset({ ...KEYSET, modelIds: [MODEL, OTHER] }), nonce: NONCE, expect: { ...EXPECT, modelId: OTHER } },
  }),
  story('envelope-own-nonce', 'The nonce is the caller’s.', expecting({ nonce: nonceHex })),
  story('envelope-fresh', 'Evidence of a platform that states no time, with a nonce drawn as long ago as is allowed.', {
    platform: 'snp',
    evidence: snpReport({ 80: DATA }),
    endorsements: snpEndorsements(),
    roots: snpRoots('Genoa'),
    policy: { maxAge: 60 },
    ...expecting({ issuedAt: NOW - 60 }),
  }),
  story('envelope-gpus', 'With the GPU of the enclave.', { gpus: [gpu()], policy: { gpu: { required: true } } }),
  story('envelope-mixed', 'Hardware with a GPU under a development root is of development.', {
    gpus: [gpu()],
    roots: { ...nitroAnchors('hardware'), ...gpuRoots },
  }),

  story(
    'envelope-chain',
    'Replayed from another chain: the keyset is for that one.',
    rejected(keyset({ chainId: 6n }), 'KEYSET_CHAIN_MISMATCH'),
  ),
  story(
    'envelope-node',
    'Replayed by another node: the keyset is of the first one.',
    rejected(keyset({ node: `0x${'0e'.repeat(20)}` }), 'KEYSET_NODE_MISMATCH'),
  ),
  story('envelope-model', 'The enclave has not loaded the model.', rejected(keyset({ modelIds: [OTHER] }), 'KEYSET_MODEL_MISSING')),
  story('envelope-expired', 'The keyset ends in this second.', rejected(keyset({ notAfter: BigInt(NOW) }), 'KEYSET_EXPIRED')),
  story(
    'envelope-early',
    'The keyset begins a second later than clocks may differ.',
    rejected(keyset({ notBefore: BigInt(NOW + 301) }), 'KEYSET_NOT_YET_VALID'),
  ),
  story('envelope-nonce', 'Evidence made under another nonce than the caller’s.', rejected(expecting({ nonce: OTHER }), 'NONCE_MISMATCH')),
  story('envelope-swapped-keyset', 'Another keyset beside the evidence, of the same node.', {
    envelope: { keyset: another, nonce: NONCE, expect: EXPECT },
    code: 'BINDING_MISMATCH',
  }),
  story('envelope-node-renamed', 'The keyset renamed to another node, the evidence as it was.', {
    envelope: {
      keyset: encodeKeyset({ ...KEYSET, node: `0x${'0e'.repeat(20)}` }),
      nonce: NONCE,
      expect: { ...EXPECT, node: `0x${'0e'.repeat(20)}` },
    },
    code: 'BINDING_MISMATCH',
  }),
  story('envelope-chain-renamed', 'The keyset moved to another chain, the evidence as it was.', {
    envelope: { keyset: encodeKeyset({ ...KEYSET, chainId: 6n }), nonce: NONCE, expect: { ...EXPECT, chainId: 6n } },
    code: 'BINDING_MISMATCH',
  }),
  story('envelope-swapped-nonce', 'Another nonce beside the evidence.', {
    envelope: { keyset: BYTES, nonce: new Uint8Array(32), expect: EXPECT },
    code: 'BINDING_MISMATCH',
  }),
  story('envelope-bound-to-keyset', 'Evidence that is bound to the keyset without the nonce.', {
    evidence: bound(BYTES.subarray(0, 64)),
    code: 'BINDING_MISMATCH',
  }),
  story('envelope-unbound', 'Evidence that is bound to nothing.', { evidence: bound(new Uint8Array()), code: 'BINDING_MISMATCH' }),
  story('envelope-expectation-ignored', 'What the policy expects does not replace what the envelope must be bound to.', {
    policy: { expect: { reportData: '0x' } },
    envelope: { keyset: another, nonce: NONCE, expect: EXPECT },
    code: 'BINDING_MISMATCH',
  }),
  story(
    'envelope-keyset-spaced',
    'A keyset with a blank: not the one form of its JSON.',
    rejected(of(utf8(text.replace(':', ': '))), 'KEYSET_MALFORMED'),
  ),
  story(
    'envelope-keyset-member',
    'A keyset with a member that nobody knows.',
    rejected(of(utf8(text.replace('{', '{"a":1,'))), 'KEYSET_MALFORMED'),
  ),
  story(
    'envelope-keyset-twice',
    'A keyset with a member twice.',
    rejected(of(utf8(text.replace('{', '{"chainId":"5",'))), 'KEYSET_MALFORMED'),
  ),
  story('envelope-keyset-garbage', 'No keyset.', rejected(of(utf8('keyset')), 'KEYSET_MALFORMED')),
  story(
    'envelope-keyset-long-lived',
    'A keyset for more than 24 hours.',
    rejected(of(utf8(text.replace(String(NOW + 3600), String(NOW + 86_341)))), 'KEYSET_MALFORMED'),
  ),
  story('envelope-evidence', 'A genuine keyset, and forged evidence.', {
    evidence: nitroEvidence({ user_data: DATA }).map((byte, i, all) => (i === all.length - 1 ? byte ^ 1 : byte)),
    code: 'SIGNATURE_INVALID',
  }),
  story('envelope-old', 'A nonce drawn a second longer ago than is allowed.', {
    platform: 'snp',
    evidence: snpReport({ 80: DATA }),
    endorsements: snpEndorsements(),
    roots: snpRoots('Genoa'),
    policy: { maxAge: 60 },
    ...expecting({ issuedAt: NOW - 61 }),
    code: 'STALE_EVIDENCE',
  }),
  story('envelope-development', 'Under a development root, and the policy allows none.', {
    policy: { allowDevelopment: false },
    code: 'DEV_EVIDENCE',
  }),
  story('envelope-vendor-roots', 'Development evidence under the roots of the vendors.', { roots: 'vendors', code: 'UNTRUSTED_ROOT' }),
  story('envelope-gpu-of-another', 'The GPU of another enclave.', {
    gpus: [gpu(gpuNonce(reportDataOf(another, NONCE)))],
    code: 'GPU_BINDING_MISMATCH',
  }),
  story('envelope-gpu-forged', 'A GPU’s report by another key.', { gpus: [gpu(undefined, gpuKeys.other)], code: 'SIGNATURE_INVALID' }),
  story('envelope-gpu-missing', 'A GPU is required, and there is none.', { policy: { gpu: { required: true } }, code: 'GPU_MISSING' }),
  story('envelope-both-trusts', 'A root that stands for hardware and for development is one of hardware.', {
    roots: { aws: { anchors: [...nitroAnchors('hardware').aws.anchors, ...nitroAnchors('development').aws.anchors] } },
  }),
  story('envelope-hardware-forged', 'Forged evidence where no development root is trusted.', {
    evidence: nitroEvidence({ user_data: DATA }).map((byte, i, all) => (i === all.length - 1 ? byte ^ 1 : byte)),
    roots: nitroAnchors('hardware'),
    code: 'SIGNATURE_INVALID',
  }),
]
