import { type Hex, RECEIPT_TYPES, receiptHash, signDigest } from '@opengradient/protocol'
import { actor, OTHER_CHAIN_ID } from '../cast.ts'
import { both, type Edits, hashOf } from '../scene.ts'
import type { Story } from '../story.ts'
import { all, elsewhere, highS, judge, sha, untrusted } from './lies.ts'

const RECEIPT_FIELDS = [...RECEIPT_TYPES.Receipt.map(({ name }) => name)].filter((name) => name !== 'level')

/** Another value for a field of a receipt. */
const another = (field: string): object => ({
  [field]: field === 'price' || field === 'issuedAt' ? 5n : field === 'node' || field === 'payer' ? actor('stranger').address : sha(13),
})

/** The receipt claims another level than the answer is of. */
const claiming = (level: 1 | 2 | 129): Edits => ({ claim: (s) => void Object.assign(s.receipt, { level, proofRef: sha(8) }) })

/** What a receipt of an enclave needs and a plain answer does not have: salts in the hashes, a keyset on chain. */
const UNSHOWN = all('ABSENT', 'request.bound', 'response.unaltered', 'parameters.honoured', 'operator.registered')

/** Lies about the signature, the network and the level. */
export const signature: readonly Story[] = [
  {
    name: 'signature-high-s',
    says: 'The signature in its malleable form: the same receipt twice under two signatures.',
    edits: judge((s) => {
      s.bundle.signature = highS(s.bundle.signature)
    }),
    fails: { signature: 'SIGNATURE_HIGH_S' },
  },
  {
    name: 'signature-v-29',
    says: 'The recovery byte is 29.',
    edits: judge((s) => {
      s.bundle.signature = `${s.bundle.signature.slice(0, -2)}1d` as Hex
    }),
    fails: { signature: 'SIGNATURE_MALFORMED' },
  },
  {
    name: 'signature-v-0',
    says: 'The recovery byte is 0, as some libraries write it.',
    edits: judge((s) => {
      s.bundle.signature = `${s.bundle.signature.slice(0, -2)}00` as Hex
    }),
    fails: { signature: 'SIGNATURE_MALFORMED' },
  },
  {
    name: 'signature-r-zero',
    says: 'The r of the signature is zero.',
    edits: judge((s) => {
      s.bundle.signature = `0x${'00'.repeat(32)}${s.bundle.signature.slice(66)}`
    }),
    fails: { signature: 'SIGNATURE_MALFORMED' },
  },
  {
    name: 'signature-s-above-order',
    says: 'The s of the signature is above the order of the curve.',
    edits: judge((s) => {
      s.bundle.signature = `${s.bundle.signature.slice(0, 66)}${'ff'.repeat(32)}1b` as Hex
    }),
    fails: { signature: 'SIGNATURE_MALFORMED' },
  },
  {
    name: 'signature-no-such-point',
    says: 'No point of the curve has this r.',
    edits: judge((s) => {
      s.bundle.signature = `0x${'00'.repeat(31)}05${s.bundle.signature.slice(66)}`
    }),
    fails: { signature: 'SIGNATURE_INVALID' },
  },
  {
    name: 'signer-misnamed',
    says: 'The bundle names another key than the one that signed; that key is the node’s, too.',
    edits: both(
      {
        cast: (s) => {
          s.receiptKey = actor('second key')
        },
      },
      {
        sign: (s) => {
          s.signature = signDigest(hashOf(s), actor('receipt key').key)
        },
      },
    ),
    fails: { signature: 'SIGNER_MISMATCH' },
  },
  ...RECEIPT_FIELDS.map(
    (field): Story => ({
      name: `receipt-altered-${field.toLowerCase()}`,
      says: `The node signed another ${field}; whoever shows the bundle rebuilt everything but the signature.`,
      edits: {
        sign: (s) => {
          s.signature = signDigest(receiptHash({ ...s.receipt, ...another(field) }, s.domain), s.receiptKey.key)
        },
      },
      fails: { signature: 'SIGNER_MISMATCH' },
    }),
  ),
  {
    name: 'signed-for-another-chain',
    says: 'The node signed this receipt on another network.',
    edits: {
      sign: (s) => {
        s.signature = signDigest(receiptHash(s.receipt, { ...s.domain, chainId: BigInt(OTHER_CHAIN_ID) }), s.receiptKey.key)
      },
    },
    fails: { signature: 'SIGNER_MISMATCH' },
  },
  {
    name: 'another-chain',
    says: 'Everything happened on another network, which has the same validator.',
    edits: {
      cast: (s) => {
        s.domain = { ...s.domain, chainId: BigInt(OTHER_CHAIN_ID) }
      },
    },
    fails: { signature: 'WRONG_CHAIN', ...untrusted('COMMIT_INVALID') },
  },
  {
    name: 'another-chain-pinned',
    says: 'The receipt is of another network; the chain evidence is of the trusted one, where the same key lives.',
    edits: elsewhere,
    fails: { signature: 'WRONG_CHAIN' },
  },
  {
    name: 'another-settlement',
    says: 'The receipt was signed for a contract that only looks like Settlement.',
    edits: {
      cast: (s) => {
        s.domain = { ...s.domain, settlement: '0x4f470000000000000000000000000000000000aa' }
      },
    },
    fails: { signature: 'WRONG_SETTLEMENT' },
  },
  {
    name: 'level-1-claimed',
    says: 'The receipt claims level 1, and there is no enclave: nothing of one is shown.',
    edits: claiming(1),
    fails: UNSHOWN,
  },
  {
    name: 'level-2-claimed',
    says: 'The receipt claims level 2, which is not checked here: no level.',
    edits: claiming(2),
    fails: { signature: 'LEVEL_UNSUPPORTED' },
  },
  {
    name: 'level-129-claimed',
    says: 'The receipt claims level 129, which nobody asked for, and there is no enclave.',
    edits: claiming(129),
    fails: { ...UNSHOWN, signature: 'LEVEL_DEVELOPMENT' },
  },
  {
    name: 'proof-at-level-signature',
    says: 'The receipt is of level signature and yet names a proof.',
    edits: {
      claim: (s) => {
        s.receipt.proofRef = sha(8)
      },
    },
    fails: all('RECEIPT_INCONSISTENT', 'signature', 'payment.price', 'payment.settled'),
  },
]
