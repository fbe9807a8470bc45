import { presets } from '@opengradient/protocol'
import { HOUR } from './cast.ts'
import { both } from './scene.ts'
import type { Story } from './story.ts'
import { attested } from './teeScene.ts'

/** Honest answers of levels tee and development. */
export const validTee: readonly Story[] = [
  { name: 'tee-nitro', says: 'An answer of level tee from a Nitro enclave.', edits: attested(), absent: ['request.fresh'], level: 'tee' },
  {
    name: 'tee-tdx',
    says: 'From a TDX domain, with revocation lists and the files of Intel.',
    edits: attested({ platform: 'tdx' }),
    absent: ['request.fresh'],
    level: 'tee',
  },
  {
    name: 'tee-snp',
    says: 'From an SEV-SNP guest.',
    edits: attested({ platform: 'snp' }),
    absent: ['request.fresh'],
    level: 'tee',
  },
  {
    name: 'tee-gpus',
    says: 'The enclave shows two GPUs, which the policy asks for.',
    edits: attested({ platform: 'tdx', gpus: 2, policy: { gpu: { required: true } } }),
    absent: ['request.fresh'],
    level: 'tee',
  },
  {
    name: 'tee-development',
    says: 'The evidence is under a development root of the network: level development, for who asks for it.',
    edits: attested({ trust: 'development' }),
    absent: ['request.fresh'],
    level: 'development',
  },
  {
    name: 'tee-for-development',
    says: 'Who asks for development accepts hardware, too, and learns that it is.',
    edits: both(attested(), {
      judge(scene) {
        scene.policy = presets.development
      },
    }),
    absent: ['request.fresh'],
    level: 'tee',
  },
  {
    name: 'tee-settled',
    says: 'The policy asks for everything that settled asks, and for the enclave.',
    edits: both(attested(), {
      judge(scene) {
        scene.policy = { ...presets.settled, level: 'tee' }
      },
    }),
    absent: ['request.fresh'],
    level: 'tee',
  },
  {
    name: 'tee-own-policy',
    says: 'The caller has a policy of its own, and the bundle holds none.',
    edits: both(attested(), {
      judge(scene) {
        delete scene.bundle.tee!.policy
        scene.policy = { ...presets.tee, attestation: scene.tee!.policy }
      },
    }),
    absent: ['request.fresh'],
    level: 'tee',
  },
  {
    name: 'tee-evidence-withheld',
    says: 'The bundle holds no evidence: the operator still answers for it, level signature, if that is enough.',
    edits: both(attested(), {
      judge(scene) {
        delete scene.bundle.tee
        scene.policy = presets.answer
      },
    }),
    absent: ['request.fresh', ...EVIDENCE()],
  },
  {
    name: 'tee-salts-withheld',
    says: 'Request, answer and the salts in their hashes are withheld: the enclave is shown, what was said is not.',
    edits: both(attested(), {
      judge(scene) {
        const { seal: _, ...rest } = scene.bundle
        scene.bundle = rest
        scene.policy = { require: ['signature', 'evidence.receipt'], level: 'signature' }
      },
    }),
    absent: ['request.bound', 'request.fresh', 'response.unaltered', 'parameters.honoured'],
    level: 'none',
  },
  {
    name: 'tee-offline',
    says: 'No chain evidence: nothing dates the evidence, so nothing is said of the enclave.',
    edits: both(attested(), {
      judge(scene) {
        delete scene.bundle.chain
        scene.policy = presets.archive
      },
    }),
    absent: [
      ...['request.fresh', 'operator.registered', 'operator.bonded', 'payment.price', 'payment.settled', 'inclusion', 'finality'],
      ...EVIDENCE(),
    ] as NonNullable<Story['absent']>,
    level: 'none',
  },
  {
    name: 'tee-last-second',
    says: 'The receipt is issued in the last second of the keyset, and recorded in the last second of the hour after.',
    edits: both(attested({ keyset: (_, { issuedAt }) => ({ notAfter: BigInt(issuedAt + 1) }) }), {
      anchor(scene) {
        scene.anchoredAt = scene.issuedAt + HOUR
      },
    }),
    absent: ['request.fresh'],
    level: 'tee',
  },
  {
    name: 'tee-first-second',
    says: 'The receipt is issued in the first second of the keyset, which is registered a little later.',
    edits: attested({ keyset: (_, { issuedAt }) => ({ notBefore: BigInt(issuedAt) }), registered: 10 }),
    absent: ['request.fresh'],
    level: 'tee',
  },
  {
    name: 'tee-others-revoked',
    says: 'Something was revoked since, but nothing that this enclave rests on.',
    edits: both(attested(), {
      anchor(scene) {
        scene.tee!.revocations = 3
      },
    }),
    absent: ['request.fresh'],
    level: 'tee',
  },
  {
    name: 'tee-left-later',
    says: 'The node ended its keysets after the receipt, and another policy is in force since.',
    edits: both(attested(), {
      anchor(scene) {
        scene.tee!.leftAt = BigInt(scene.issuedAt + 5)
        scene.tee!.policyUntil = BigInt(scene.issuedAt + 4)
      },
    }),
    absent: ['request.fresh'],
    level: 'tee',
  },
  {
    name: 'tee-left-before',
    says: 'The node had left before it registered this keyset.',
    edits: both(attested(), {
      anchor(scene) {
        scene.tee!.leftAt = scene.tee!.registration.from - 1n
      },
    }),
    absent: ['request.fresh'],
    level: 'tee',
  },
  {
    name: 'tee-revocations-withheld',
    says: 'Something was revoked since; that it is nothing of this enclave is not shown, and not asked: level signature.',
    edits: both(attested(), {
      anchor(scene) {
        scene.tee!.revocations = 1
      },
      judge(scene) {
        scene.bundle.chain!.accounts.at(-1)!.storage.pop()
        scene.policy = presets.answer
      },
    }),
    absent: ['request.fresh', 'evidence.registered'],
  },
  {
    name: 'tee-azure',
    says: 'From a confidential machine of Azure: its paravisor is trusted, too.',
    edits: attested({ platform: 'azure-snp-vtpm', policy: { platforms: ['azure-snp-vtpm'] } }),
    absent: ['request.fresh'],
    level: 'tee',
  },
  {
    name: 'tee-tpm',
    says: 'A policy takes a TPM for enough: that only the code saw the request is not said.',
    edits: attested({ platform: 'tpm', policy: { platforms: ['tpm'] } }),
    absent: ['request.fresh'],
    level: 'tee',
  },
  {
    name: 'tee-any-code',
    says: 'The policy lists no code: that the code is the right one is the caller’s to know.',
    edits: attested({ policy: { measurements: 'any' } }),
    absent: ['request.fresh'],
    level: 'tee',
  },
  {
    name: 'tee-lists-not-given',
    says: 'The policy does not ask for revocation lists, and none is given: that nothing is revoked is assumed.',
    edits: both(attested({ platform: 'snp', policy: { revocation: 'optional' } }), {
      claim(scene) {
        const { envelope } = scene.tee!
        const { certificates = [] } = envelope.endorsements
        scene.tee!.envelope = { ...envelope, endorsements: { certificates } }
      },
    }),
    absent: ['request.fresh'],
    level: 'tee',
  },
  {
    name: 'tee-debug-development',
    says: 'Hardware that its host may read, as the policy allows: level development, under the root of its vendor.',
    edits: both(attested({ enclave: { measurement: `0x${'00'.repeat(48)}` }, policy: { allowDebug: true } }), {
      claim(scene) {
        scene.receipt.level = 129
        scene.tee!.registration = { ...scene.tee!.registration, level: 129 }
      },
      judge(scene) {
        scene.policy = presets.development
      },
    }),
    absent: ['request.fresh'],
    level: 'development',
  },
]

function EVIDENCE(): NonNullable<Story['absent']> {
  return presets.tee.require.filter((id) => id.startsWith('evidence.'))
}
