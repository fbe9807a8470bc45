import { type AttestationPolicy, DEFAULT_POLICY } from '@opengradient/attestation'
import { developmentRootOf } from '@opengradient/attestation-dev'
import {
  type AttestationEvidence,
  type CheckId,
  type ErrorCode,
  encodeCmw,
  encodeKeyset,
  type Hex,
  keysetDigest,
  presets,
  requestHashOf,
  responseHashOf,
  sha256Hex,
  signDigest,
  TEE_CHECK_IDS,
  utf8,
  ZERO_HASH,
} from '@opengradient/protocol'
import { actor, HOUR, OTHER_CHAIN_ID } from '../cast.ts'
import { both, type Edits, hashOf, type Scene } from '../scene.ts'
import type { Story } from '../story.ts'
import { attested, type TeeTelling } from '../teeScene.ts'
import { all, changed, sha } from './lies.ts'

const anchor = (edit: (scene: Scene) => void): Edits => ({ anchor: edit })
const judge = (edit: (scene: Scene) => void): Edits => ({ judge: edit })

/** The bundle shows another envelope than was registered. */
const shows = (change: (envelope: AttestationEvidence) => Partial<AttestationEvidence>): Edits =>
  judge(({ bundle, tee }) => {
    bundle.tee!.cmw = encodeCmw({ ...tee!.envelope, ...change(tee!.envelope) })
  })

/** The caller has a policy of its own, which differs from the network's. */
const policy = (change: (policy: AttestationPolicy) => Partial<AttestationPolicy>): Edits =>
  judge((scene) => {
    const own = scene.tee!.policy
    scene.policy = { ...scene.policy, attestation: { ...own, ...change(own) } }
  })

/** The evidence is refused before there is anything to appraise: one question says why, what comes after it was not reached. */
const refusedAt = (id: CheckId, code: ErrorCode): Story['fails'] => ({
  ...all('ABSENT', ...TEE_CHECK_IDS.filter((other) => other !== 'evidence.keyset')),
  [id]: code,
})

const told = (telling: TeeTelling, edits: Edits = {}): Edits => both(attested(telling), edits)
const lie = (name: string, says: string, edits: Edits, fails: NonNullable<Story['fails']>): Story => ({
  name: `tee-${name}`,
  says,
  edits,
  fails,
})

/** Lies about what is on chain, and what is not any more. */
const onChain: Story[] = [
  lie(
    'never-registered',
    'The node never registered the keyset.',
    told(
      {},
      anchor(({ tee }) => {
        tee!.registration.from = 0n
      }),
    ),
    {
      ...all('EVIDENCE_NOT_REGISTERED', ...TEE_CHECK_IDS),
      'operator.registered': 'KEY_NOT_LIVE',
    },
  ),
  lie(
    'another-registered',
    'The node registered another keyset.',
    told(
      {},
      anchor(({ tee }) => {
        tee!.registeredAs = sha(81)
      }),
    ),
    {
      ...all('EVIDENCE_NOT_REGISTERED', ...TEE_CHECK_IDS),
      'operator.registered': 'KEY_NOT_LIVE',
    },
  ),
  ...(['measurement', 'platformId'] as const).map((name) =>
    lie(
      `another-${name.toLowerCase()}-registered`,
      `The keyset was registered with another ${name} than the evidence shows.`,
      told(
        {},
        anchor(({ tee }) => {
          tee!.registration[name] = sha(82)
        }),
      ),
      { 'evidence.registered': 'EVIDENCE_NOT_REGISTERED' },
    ),
  ),
  lie(
    'registered-as-development',
    'The receipt is of level tee; the keyset was registered at level development.',
    told(
      {},
      anchor(({ tee }) => {
        tee!.registration.level = 129
      }),
    ),
    { 'evidence.registered': 'EVIDENCE_NOT_REGISTERED' },
  ),
  ...['measurement', 'code', 'machine', 'leaf', 'zone'].map((name, i) =>
    lie(
      `revoked-${name}`,
      'Something that the enclave rests on was revoked since.',
      told(
        {},
        anchor(({ tee }) => {
          tee!.revoked = [tee!.marks[i]!]
          tee!.revocations = 1
        }),
      ),
      { 'evidence.registered': 'EVIDENCE_REVOKED' },
    ),
  ),
  lie(
    'revoked-gpu',
    'One of the GPUs was revoked since.',
    told(
      { platform: 'tdx', gpus: 1 },
      anchor(({ tee }) => {
        tee!.revoked = [tee!.marks.at(-8)!]
        tee!.revocations = 1
      }),
    ),
    { 'evidence.registered': 'EVIDENCE_REVOKED' },
  ),
  lie(
    'revocations-left-out',
    'Something was revoked since; the bundle does not show that it is nothing of this enclave.',
    told(
      {},
      both(
        anchor(({ tee }) => {
          tee!.revocations = 1
        }),
        { bundle: (scene) => leaveOutLast(scene) },
      ),
    ),
    { 'evidence.registered': 'ABSENT' },
  ),
  lie(
    'issued-after-keyset',
    'The receipt is issued in the second in which the keyset ends.',
    told({ keyset: (_, { issuedAt }) => ({ notAfter: BigInt(issuedAt) }) }),
    { 'evidence.registered': 'EVIDENCE_KEYSET_EXPIRED' },
  ),
  lie(
    'issued-before-keyset',
    'The receipt is issued a second before the keyset begins.',
    told({ keyset: (_, { issuedAt }) => ({ notBefore: BigInt(issuedAt + 1) }), registered: 10 }),
    { 'evidence.registered': 'EVIDENCE_KEYSET_EXPIRED' },
  ),
  lie(
    'issued-after-leave',
    'The node had ended its keysets.',
    told(
      {},
      anchor((s) => {
        s.tee!.leftAt = BigInt(s.issuedAt)
      }),
    ),
    {
      'evidence.registered': 'EVIDENCE_KEYSET_EXPIRED',
    },
  ),
  lie(
    'left-when-registered',
    'The node ended its keysets in the second of the registration.',
    told(
      {},
      anchor(({ tee }) => {
        tee!.leftAt = tee!.registration.from
      }),
    ),
    { 'evidence.registered': 'EVIDENCE_KEYSET_EXPIRED' },
  ),
  lie(
    'issued-after-policy',
    'Another policy had taken the place of the one that the evidence was judged by.',
    told(
      {},
      anchor((s) => {
        s.tee!.policyUntil = BigInt(s.issuedAt)
      }),
    ),
    { 'evidence.registered': 'EVIDENCE_KEYSET_EXPIRED' },
  ),
  lie(
    'issued-after-own-list',
    'The entry for this code in the policy of the caller had ended.',
    told(
      {},
      policy(({ measurements }) => ({
        measurements: [{ ...(measurements as AttestationPolicy['measurements'] & readonly object[])[0]!, notAfter: 1_790_108_000 }],
      })),
    ),
    { 'evidence.registered': 'EVIDENCE_KEYSET_EXPIRED' },
  ),
  lie(
    'anchored-too-late',
    'The receipt was recorded more than an hour after its keyset ended.',
    told(
      { keyset: (_, { issuedAt }) => ({ notAfter: BigInt(issuedAt + 1) }) },
      anchor((s) => {
        s.anchoredAt = s.issuedAt + HOUR + 1
      }),
    ),
    { 'operator.registered': 'RECEIPT_BACKDATED' },
  ),
  lie(
    'another-signer-registered',
    'The chain holds another key for the keyset.',
    told(
      {},
      anchor(({ tee, receiptKey }) => {
        tee!.registration.signer = receiptKey.address
      }),
    ),
    { 'operator.registered': 'KEY_NOT_LIVE' },
  ),
  lie('registration-left-out', 'The bundle does not prove the registration.', told({}, judge(leaveOutAttestations)), {
    ...all('ABSENT', ...TEE_CHECK_IDS),
    'operator.registered': 'ABSENT',
  }),
]

/** Lies about the keyset and who signed. */
const keys: Story[] = [
  ...(
    [
      ['chain', { chainId: BigInt(OTHER_CHAIN_ID) }],
      ['node', { node: actor('author').address }],
      ['model', { modelIds: [sha(83)] }],
    ] as const
  ).map(([name, change]) =>
    lie(`keyset-of-another-${name}`, `The keyset is for another ${name}.`, told({ keyset: () => change }), {
      ...all('ABSENT', ...TEE_CHECK_IDS),
      'evidence.keyset': 'EVIDENCE_KEYSET_FOREIGN',
    }),
  ),
  lie(
    'keyset-expired-when-registered',
    'The keyset had ended when it was registered.',
    told({ keyset: (_, { issuedAt }) => ({ notAfter: BigInt(issuedAt) - 600n }) }),
    { ...all('ABSENT', ...TEE_CHECK_IDS), 'evidence.keyset': 'EVIDENCE_KEYSET_EXPIRED' },
  ),
  lie(
    'keyset-not-begun-when-registered',
    'The keyset begins more than five minutes after it was registered.',
    told({ keyset: (_, { issuedAt }) => ({ notBefore: BigInt(issuedAt) - 299n }) }),
    { ...all('ABSENT', ...TEE_CHECK_IDS), 'evidence.keyset': 'EVIDENCE_KEYSET_EXPIRED' },
  ),
  lie(
    'keyset-malformed',
    'The keyset is not canonical JSON.',
    told(
      {},
      shows(({ keyset }) => ({ keyset: keyset.subarray(0, -1) })),
    ),
    {
      ...all('ABSENT', ...TEE_CHECK_IDS),
      'evidence.keyset': 'KEYSET_MALFORMED',
    },
  ),
  lie('another-keyset-shown', 'The evidence is of another keyset of the same enclave.', told({}, anotherKeyset()), {
    'evidence.receipt': 'EVIDENCE_RECEIPT_INVALID',
  }),
  lie(
    'signed-outside',
    'The receipt is signed by the receipt key of the node, which is not in the enclave.',
    told(
      {},
      {
        sign: (s) => {
          s.signature = signDigest(hashOf(s), s.receiptKey.key)
        },
        bundle: (s) => {
          s.bundle.signer = s.receiptKey.address
        },
      },
    ),
    { 'operator.registered': 'KEY_NOT_LIVE', 'evidence.receipt': 'EVIDENCE_RECEIPT_INVALID' },
  ),
  lie(
    'signed-outside-and-registered',
    'The same, and the chain holds that key for the keyset.',
    told(
      {},
      {
        anchor: (s) => {
          s.tee!.registration.signer = s.receiptKey.address
        },
        sign: (s) => {
          s.signature = signDigest(hashOf(s), s.receiptKey.key)
        },
        bundle: (s) => {
          s.bundle.signer = s.receiptKey.address
        },
      },
    ),
    { 'evidence.receipt': 'EVIDENCE_RECEIPT_INVALID' },
  ),
  lie('plain-answer', 'An answer of level signature is shown with the evidence of an enclave of the node.', plainAnswer(), {
    ...all('EVIDENCE_NOT_REGISTERED', ...TEE_CHECK_IDS),
  }),
]

/** Lies about the evidence itself. */
const evidence: Story[] = [
  lie(
    'evidence-changed',
    'One bit of the evidence is another.',
    told(
      {},
      shows(({ evidence }) => ({ evidence: changed(evidence, 900) })),
    ),
    {
      ...refusedAt('evidence.genuine', 'EVIDENCE_SIGNATURE_INVALID'),
    },
  ),
  lie(
    'evidence-signature-changed',
    'One bit of its signature is another.',
    told(
      {},
      shows(({ evidence }) => ({ evidence: changed(evidence, evidence.length - 1) })),
    ),
    { ...refusedAt('evidence.genuine', 'EVIDENCE_SIGNATURE_INVALID') },
  ),
  lie(
    'evidence-cut',
    'The evidence is a byte short.',
    told(
      {},
      shows(({ evidence }) => ({ evidence: evidence.subarray(0, -1) })),
    ),
    {
      ...refusedAt('evidence.genuine', 'EVIDENCE_MALFORMED'),
    },
  ),
  lie(
    'platform-renamed',
    'Nitro evidence is called a TPM quote.',
    told(
      {},
      shows(() => ({ platform: 'tpm' })),
    ),
    {
      ...refusedAt('evidence.genuine', 'EVIDENCE_MALFORMED'),
    },
  ),
  lie(
    'platform-unknown',
    'The platform is none that this verifier knows.',
    told(
      {},
      shows(() => ({ platform: 'sgx-next' })),
    ),
    {
      ...refusedAt('evidence.genuine', 'EVIDENCE_UNSUPPORTED'),
    },
  ),
  lie(
    'untrusted-root',
    'The caller trusts the vendors alone.',
    told(
      {},
      judge((s) => {
        delete s.trust.roots
      }),
    ),
    {
      ...refusedAt('evidence.genuine', 'EVIDENCE_UNTRUSTED_ROOT'),
    },
  ),
  lie(
    'foreign-root',
    'The caller trusts another root.',
    told(
      {},
      judge((s) => {
        s.trust.roots = [hexOf(developmentRootOf('somebody else', 'nitro'))]
      }),
    ),
    { ...refusedAt('evidence.genuine', 'EVIDENCE_UNTRUSTED_ROOT') },
  ),
  lie(
    'nonce-changed',
    'The nonce is not the one that the evidence is bound to.',
    told(
      {},
      shows(() => ({ nonce: new Uint8Array(32) })),
    ),
    {
      'evidence.binding': 'EVIDENCE_BINDING_MISMATCH',
    },
  ),
  lie(
    'too-old',
    'The evidence was an hour old when it was registered; the caller allows half of that.',
    told(
      { age: HOUR },
      policy(() => ({ maxAge: HOUR / 2 })),
    ),
    { 'evidence.binding': 'EVIDENCE_STALE_EVIDENCE' },
  ),
  lie('lists-left-out', 'The revocation lists are left out.', told({ platform: 'tdx' }, withEndorsements({ crls: [] })), {
    'evidence.revocation': 'EVIDENCE_CRL_MISSING',
  }),
  lie(
    'lists-stale',
    'The revocation lists had to be replaced before.',
    told(
      { platform: 'tdx', age: 8 * 24 * HOUR },
      anchor(({ tee }) => {
        tee!.registration.until = tee!.keyset.notAfter
      }),
    ),
    {
      ...refusedAt('evidence.revocation', 'EVIDENCE_CRL_STALE'),
    },
  ),
  lie(
    'levels-left-out',
    'What the vendor says of security levels is left out.',
    told({ platform: 'tdx' }, withEndorsements({}, 'tcbInfo')),
    {
      ...refusedAt('evidence.tcb', 'EVIDENCE_COLLATERAL_MISSING'),
    },
  ),
  lie('gpu-foreign', 'The GPU answered another enclave.', told({ platform: 'tdx', gpus: 1, foreignGpus: true }), {
    'evidence.gpu': 'EVIDENCE_GPU_BINDING_MISMATCH',
  }),
  lie(
    'gpu-left-out',
    'The policy asks for a GPU, and the bundle leaves it out.',
    told(
      { platform: 'tdx', gpus: 1, policy: { gpu: { required: true } } },
      shows(() => ({ gpus: [] })),
    ),
    {
      'evidence.registered': 'EVIDENCE_NOT_REGISTERED',
      'evidence.gpu': 'EVIDENCE_GPU_MISSING',
    },
  ),
  lie(
    'envelope-malformed',
    'The evidence is not in its envelope.',
    told(
      {},
      judge((s) => {
        s.bundle.tee!.cmw = utf8('{}')
      }),
    ),
    {
      ...all('ATTESTATION_MALFORMED', ...TEE_CHECK_IDS),
    },
  ),
]

/** What the policy refuses, of the network or of the caller. */
const refused: Story[] = [
  lie('debug', 'The enclave runs in debug mode.', told({ enclave: { measurement: `0x${'00'.repeat(48)}` } }), {
    'evidence.settings': 'EVIDENCE_DEBUG_ENABLED',
  }),
  lie('code-unlisted', 'The policy lists other code.', told({ policy: { measurements: [] } }), {
    'evidence.measurement': 'EVIDENCE_MEASUREMENT_UNKNOWN',
  }),
  lie('code-revoked', 'The caller refuses this code.', told({}, judge(refusingCode)), {
    'evidence.measurement': 'EVIDENCE_MEASUREMENT_REVOKED',
  }),
  lie(
    'platform-denied',
    'The caller accepts TDX only.',
    told(
      {},
      policy(() => ({ platforms: ['tdx'] })),
    ),
    {
      'evidence.platform': 'EVIDENCE_PLATFORM_DENIED',
    },
  ),
  lie(
    'machine-not-allowed',
    'The caller allows other machines only.',
    told(
      {},
      policy(() => ({ platformIds: { allow: ['0xaa'], deny: [] } })),
    ),
    {
      'evidence.platform': 'EVIDENCE_PLATFORM_DENIED',
    },
  ),
  lie(
    'leaf-too-long',
    'The vendor publishes no revocation list, and the certificate lives for three hours; the caller allows one.',
    told(
      {},
      policy(() => ({ maxUnlistedLifetime: HOUR })),
    ),
    { 'evidence.revocation': 'EVIDENCE_CRL_MISSING' },
  ),
  lie(
    'levels-too-old',
    'The caller asks for a newer evaluation.',
    told(
      { platform: 'tdx' },
      policy(({ tcb }) => ({ tcb: { ...tcb, minEvaluation: 1_000 } })),
    ),
    {
      'evidence.tcb': 'EVIDENCE_COLLATERAL_STALE',
    },
  ),
  lie(
    'level-refused',
    'The caller asks for newer firmware.',
    told(
      { platform: 'snp' },
      policy(({ tcb }) => ({ tcb: { ...tcb, minSvn: { Genoa: { snp: 99 } } } })),
    ),
    {
      'evidence.tcb': 'EVIDENCE_TCB_REJECTED',
    },
  ),
  lie(
    'gpu-driver',
    'The caller allows another driver.',
    told(
      { platform: 'tdx', gpus: 1 },
      policy(() => ({ gpu: { required: true, drivers: ['1'] } })),
    ),
    {
      'evidence.gpu': 'EVIDENCE_GPU_DRIVER_DENIED',
    },
  ),
  lie(
    'no-policy',
    'The bundle holds no policy, and the caller has none: the strictest lists no code.',
    told(
      {},
      judge((s) => {
        delete s.bundle.tee!.policy
      }),
    ),
    {
      'evidence.measurement': 'EVIDENCE_MEASUREMENT_UNKNOWN',
    },
  ),
  lie('policy-swapped', 'The policy in the bundle is not the one of the network.', told({}, judge(swapPolicy)), {
    ...all('EVIDENCE_TRUST_MISMATCH', ...TEE_CHECK_IDS),
  }),
  lie(
    'policy-malformed',
    'The policy of the caller is none.',
    told(
      {},
      judge((s) => {
        s.policy = { ...s.policy, attestation: { platforms: 7 } }
      }),
    ),
    {
      ...all('POLICY_MALFORMED', ...TEE_CHECK_IDS),
    },
  ),
]

/** Development evidence never reads as tee. */
const development: Story[] = [
  lie(
    'development-as-tee',
    'The evidence is of development; receipt and registration call it tee.',
    told(
      { trust: 'development', policy: { allowDevelopment: true } },
      {
        claim: (s) => {
          s.receipt.level = 1
        },
        anchor: (s) => {
          s.tee!.registration.level = 1
        },
        judge: (s) => {
          s.policy = presets.tee
        },
      },
    ),
    { 'evidence.genuine': 'EVIDENCE_DEV_EVIDENCE', 'evidence.receipt': 'EVIDENCE_RECEIPT_INVALID' },
  ),
  lie(
    'tee-as-development',
    'The evidence is of hardware; receipt and registration call it development.',
    told(
      {},
      {
        claim: (s) => {
          s.receipt.level = 129
        },
        anchor: (s) => {
          s.tee!.registration.level = 129
        },
        judge: (s) => {
          s.policy = presets.development
        },
      },
    ),
    { 'evidence.receipt': 'EVIDENCE_RECEIPT_INVALID' },
  ),
  ...(['answer', 'settled', 'tee'] as const).map((preset) =>
    lie(
      `development-for-${preset}`,
      `Level development where policy ${preset} is asked.`,
      told(
        { trust: 'development' },
        judge((s) => {
          s.policy = presets[preset]
        }),
      ),
      { signature: 'LEVEL_DEVELOPMENT' },
    ),
  ),
  lie(
    'development-without-evidence',
    'Level development without evidence.',
    told(
      { trust: 'development' },
      judge((s) => {
        delete s.bundle.tee
      }),
    ),
    { ...all('ABSENT', ...TEE_CHECK_IDS) },
  ),
  lie(
    'development-not-allowed',
    'The policy of the network allows no development evidence.',
    told({ trust: 'development', policy: { allowDevelopment: false } }),
    { 'evidence.genuine': 'EVIDENCE_DEV_EVIDENCE' },
  ),
  lie(
    'development-roots-swapped',
    'The bundle brings development roots that the network does not have.',
    told(
      { trust: 'development' },
      judge((s) => {
        s.bundle.tee!.developmentRoots = [...s.tee!.roots, developmentRootOf('somebody else', 'nitro')]
      }),
    ),
    { ...all('EVIDENCE_TRUST_MISMATCH', ...TEE_CHECK_IDS) },
  ),
  lie(
    'development-roots-left-out',
    'The bundle leaves the development roots out: the evidence leads nowhere.',
    told(
      { trust: 'development' },
      judge((s) => {
        delete s.bundle.tee!.developmentRoots
      }),
    ),
    { ...refusedAt('evidence.genuine', 'EVIDENCE_UNTRUSTED_ROOT') },
  ),
  lie(
    'development-gpu',
    'The enclave is of hardware, its GPU of development: nothing is verified under a mixture of roots.',
    told(
      { platform: 'tdx', gpus: 1 },
      judge((s) => {
        s.trust.roots = s.trust.roots!.slice(0, 1)
      }),
    ),
    { ...refusedAt('evidence.genuine', 'EVIDENCE_UNTRUSTED_ROOT') },
  ),
  lie(
    'asked-and-not-shown',
    'The caller asks for an enclave; the answer is of none.',
    judge((s) => {
      s.policy = presets.tee
    }),
    {
      ...all('ABSENT', ...TEE_CHECK_IDS),
    },
  ),
]

/** Lies about what was sealed. */
const sealed: Story[] = [
  lie(
    'request-changed',
    'The request is another; its salt is right.',
    told(
      {},
      judge(({ bundle }) => {
        bundle.request = { ...bundle.request!, body: utf8('{}') }
      }),
    ),
    {
      ...all('REQUEST_HASH_MISMATCH', 'request.bound'),
      'parameters.honoured': 'ABSENT',
    },
  ),
  lie(
    'request-salt',
    'The salt of the request is another.',
    told(
      {},
      judge(({ bundle }) => {
        bundle.seal = { ...bundle.seal!, requestSalt: sha(84) }
      }),
    ),
    {
      'request.bound': 'REQUEST_HASH_MISMATCH',
      'parameters.honoured': 'ABSENT',
    },
  ),
  lie(
    'response-salt',
    'The salt of the answer is another.',
    told(
      {},
      judge(({ bundle }) => {
        bundle.seal = { ...bundle.seal!, responseSalt: sha(85) }
      }),
    ),
    {
      'response.unaltered': 'RESPONSE_HASH_MISMATCH',
    },
  ),
  lie(
    'not-sealed',
    'The receipt of level tee has the hashes of a plain request and answer.',
    told(
      {},
      {
        claim: (s) =>
          void Object.assign(s.receipt, { requestHash: requestHashOf(s.request), responseHash: responseHashOf(s.response.body) }),
      },
    ),
    { 'request.bound': 'REQUEST_HASH_MISMATCH', 'parameters.honoured': 'ABSENT', 'response.unaltered': 'RESPONSE_HASH_MISMATCH' },
  ),
  {
    name: 'salt-cut-from-a-plain-answer',
    says: 'The first 32 bytes of a plain answer are called its salt, so that the rest reads as an answer of its own.',
    edits: judge(({ bundle }) => {
      const { body } = bundle.response!
      bundle.seal = { requestSalt: sha(86), responseSalt: hexOf(body.subarray(0, 32)) }
      bundle.response = { ...bundle.response!, body: body.subarray(32) }
    }),
    fails: { 'response.unaltered': 'RESPONSE_HASH_MISMATCH' },
  },
  lie(
    'salts-left-out',
    'The salts are left out, so that nothing said can be checked.',
    told(
      {},
      judge(({ bundle }) => {
        delete bundle.seal
      }),
    ),
    {
      ...all('ABSENT', 'request.bound', 'response.unaltered', 'parameters.honoured'),
    },
  ),
]

/** What an answer without enclave lacks. */
const unshown: Story[] = [
  lie(
    'asked-in-part',
    'The caller asks that one thing about an enclave holds; the answer is of none.',
    judge((s) => {
      s.policy = { ...presets.answer, require: [...presets.answer.require, 'evidence.genuine'] }
    }),
    { 'evidence.genuine': 'ABSENT' },
  ),
]

/** Evidence that is good, and not what was registered. */
const unregistered: Story[] = [
  lie(
    'revoked-gpu-left-out',
    'A GPU was revoked since; the bundle shows other evidence of the same keyset, which leaves that GPU out.',
    told(
      { platform: 'tdx', gpus: 1 },
      both(
        anchor(({ tee }) => {
          tee!.revoked = [tee!.marks.at(-8)!]
          tee!.revocations = 1
        }),
        shows(() => ({ gpus: [] })),
      ),
    ),
    { 'evidence.registered': 'EVIDENCE_NOT_REGISTERED' },
  ),
  lie(
    'asked-by-level',
    'The caller asks for level tee and names nothing of it; the answer is of no enclave.',
    judge((s) => {
      s.policy = { ...presets.answer, level: 'tee' }
    }),
    all('ABSENT', ...TEE_CHECK_IDS),
  ),
  lie(
    'policy-ended-before-leave',
    'The policy ended before the receipt, the node left after it.',
    told(
      {},
      anchor((s) => {
        s.tee!.policyUntil = BigInt(s.issuedAt)
        s.tee!.leftAt = BigInt(s.issuedAt + 5)
      }),
    ),
    { 'evidence.registered': 'EVIDENCE_KEYSET_EXPIRED' },
  ),
]

/** Evidence of something else, beside an answer that does not need any; what the chain holds of it is withheld. */
export const teeForeign: readonly Story[] = [
  lie(
    'plain-answer-nothing-registered',
    'An answer of level signature is shown with the evidence of an enclave, and nothing of what the chain holds of that one.',
    both(
      plainAnswer(),
      judge((s) => {
        leaveOutAttestations(s)
        s.policy = presets.answer
      }),
    ),
    { 'evidence.receipt': 'EVIDENCE_RECEIPT_INVALID' },
  ),
  lie(
    'another-keyset-nothing-registered',
    'An answer of an enclave, asked for as one of level signature, is shown with the evidence of another keyset.',
    both(
      told({}, anotherKeyset()),
      judge((s) => {
        s.bundle.chain!.accounts.at(-1)!.storage = []
        s.policy = { require: ['signature'], level: 'signature' }
      }),
    ),
    { 'evidence.receipt': 'EVIDENCE_RECEIPT_INVALID' },
  ),
  lie(
    'plain-answer-garbage',
    'An answer of level signature is shown with bytes that are no evidence.',
    both(
      plainAnswer(),
      judge((s) => {
        leaveOutAttestations(s)
        s.bundle.tee!.cmw = utf8('{}')
        s.policy = presets.answer
      }),
    ),
    { 'evidence.receipt': 'ATTESTATION_MALFORMED' },
  ),
]

/** Salts beside an answer whose hashes have none. */
export const salts: readonly Story[] = [
  {
    name: 'salts-beside-a-plain-answer',
    says: 'A plain answer is shown with salts of a sealed one, for which nothing vouches.',
    edits: judge(({ bundle }) => {
      bundle.seal = { requestSalt: sha(87), responseSalt: sha(88) }
    }),
    fails: { 'response.unaltered': 'SALTS_UNEXPECTED' },
  },
  {
    name: 'salts-beside-a-withheld-answer',
    says: 'The answer is withheld, and salts of a sealed one are shown.',
    edits: judge((s) => {
      delete s.bundle.response
      s.bundle.seal = { requestSalt: sha(89), responseSalt: sha(90) }
      s.policy = presets.archive
    }),
    fails: { 'response.unaltered': 'SALTS_UNEXPECTED' },
  },
]

export const tee: readonly Story[] = [...onChain, ...keys, ...evidence, ...refused, ...development, ...sealed, ...unshown, ...unregistered]

/** An answer of level signature, with the evidence of an enclave beside it. */
function plainAnswer(): Edits {
  return told(
    {},
    {
      claim: (s) =>
        void Object.assign(s.receipt, {
          ...{ level: 0, proofRef: ZERO_HASH },
          ...{ requestHash: requestHashOf(s.request), responseHash: responseHashOf(s.response.body) },
        }),
      sign: (s) => {
        s.signature = signDigest(hashOf(s), s.receiptKey.key)
      },
      bundle: (s) => {
        s.bundle.signer = s.receiptKey.address
      },
    },
  )
}

/** What a policy allows is not what a level says. */
export const teeAllowed: readonly Story[] = [
  lie(
    'debug-allowed',
    'The enclave runs in debug mode, which the policy allows; the receipt claims level tee all the same.',
    told({ enclave: { measurement: `0x${'00'.repeat(48)}` }, policy: { allowDebug: true } }),
    { 'evidence.receipt': 'EVIDENCE_RECEIPT_INVALID' },
  ),
]

function hexOf(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes).toString('hex')}`
}

/** The proof of the last mark is missing. */
function leaveOutLast({ bundle }: Scene): void {
  bundle.chain!.accounts.at(-1)!.storage.pop()
}

function leaveOutAttestations({ bundle }: Scene): void {
  bundle.chain!.accounts.pop()
}

/** A second keyset of the same enclave, with evidence that is as good; the receipt is under the first. */
function anotherKeyset(): Edits {
  let second: Uint8Array | undefined
  return {
    async answer(scene) {
      const other = { ...scene } as Scene
      await attested({ keyset: () => ({ runtimeDigest: sha256Hex(utf8('another')) }) }).answer!(other)
      second = encodeCmw(other.tee!.envelope)
      if (keysetDigest(encodeKeyset(other.tee!.keyset)) === scene.tee!.keysetDigest) throw new Error('the same keyset')
    },
    judge(scene) {
      scene.bundle.tee!.cmw = second!
    },
  }
}

function withEndorsements(change: Partial<AttestationEvidence['endorsements']>, without?: 'tcbInfo'): Edits {
  return shows(({ endorsements }) => {
    const { tcbInfo, ...rest } = { ...endorsements, ...change }
    return { endorsements: without === undefined && tcbInfo ? { ...rest, tcbInfo } : rest }
  })
}

function refusingCode(scene: Scene): void {
  const own = scene.tee!.policy
  const [entry] = own.measurements as readonly { values: Readonly<Record<string, Hex>> }[]
  scene.policy = { ...scene.policy, attestation: { ...own, measurements: 'any', revokedMeasurements: [entry!.values.pcr0!] } }
}

function swapPolicy({ bundle }: Scene): void {
  bundle.tee!.policy = utf8(JSON.stringify({ ...DEFAULT_POLICY, measurements: 'any' }))
}
