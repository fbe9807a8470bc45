import { ADDRESSES } from '@opengradient/contracts/addresses'
import { historyPeakSlot, keySlot, nodeSlots, settledSlot } from '@opengradient/contracts/slots'
import {
  bytesToHex,
  decodeRlp,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  type Hex,
  hexToBytes,
  parseHeader,
  type RlpItem,
  signCommit,
} from '@opengradient/protocol'
import { actor, CHAIN_ID, DAY, GENESIS } from '../cast.ts'
import { both } from '../scene.ts'
import type { Story } from '../story.ts'
import { offline, old, policy } from '../valid.ts'
import { all, flip, highS, judge, leaveOut, resignHeader, STATE_CHECKS, sha, slot, tamper, untrusted } from './lies.ts'

/** Lies about the chain: blocks, commits, history, state. */
export const chain: readonly Story[] = [
  {
    name: 'no-evidence',
    says: 'The policy asks who answered and at which price, the bundle has no chain evidence.',
    edits: both(offline, policy('answer')),
    fails: all('ABSENT', 'operator.registered', 'operator.bonded', 'payment.price'),
  },
  {
    name: 'no-trust',
    says: 'The caller trusts no block, so nothing about the operator can pass.',
    edits: judge((s) => {
      s.trust.anchors = []
    }),
    fails: { ...all('ABSENT', ...STATE_CHECKS), finality: 'ABSENT' },
  },
  {
    name: 'own-genesis',
    says: 'The attacker runs a chain of its own with the same number and bonds itself there.',
    edits: {
      cast: (s) => {
        s.validator = actor('attacker')
      },
    },
    fails: untrusted('UNTRUSTED_HEADER'),
  },
  {
    name: 'commit-of-somebody-else',
    says: 'The attacker signs a block and names the trusted validator.',
    edits: {
      cast: (s) => {
        s.validator = actor('attacker')
      },
      judge: (s) => {
        Object.assign(s.bundle.chain!.commit, { validator: actor('validator').address })
      },
    },
    fails: untrusted('COMMIT_INVALID'),
  },
  {
    name: 'commit-high-s',
    says: 'The signature of the commit is in its malleable form.',
    edits: judge(({ bundle }) => {
      const { commit } = bundle.chain!
      if (commit.kind === 'embedded') commit.signature = highS(commit.signature)
    }),
    fails: untrusted('COMMIT_INVALID'),
  },
  {
    name: 'header-altered',
    says: 'One byte of the state root in the header is another.',
    edits: judge(({ bundle }) => {
      bundle.chain!.header = flip(bundle.chain!.header, 95)
    }),
    fails: untrusted('COMMIT_INVALID'),
  },
  {
    name: 'header-cut',
    says: 'The last field of the header is missing.',
    edits: judge(({ bundle }) => {
      bundle.chain!.header = bundle.chain!.header.slice(0, -2) as Hex
    }),
    fails: untrusted('HEADER_MALFORMED'),
  },
  {
    name: 'header-not-canonical',
    says: 'The validator signed a header whose height has a leading zero.',
    edits: judge((s) =>
      resignHeader(s, (fields) => {
        fields[8] = Uint8Array.of(0, 3)
      }),
    ),
    fails: untrusted('HEADER_MALFORMED'),
  },
  {
    name: 'header-field-missing',
    says: 'The validator signed a header of fourteen fields.',
    edits: judge((s) => resignHeader(s, (fields) => void fields.splice(14))),
    fails: untrusted('HEADER_MALFORMED'),
  },
  {
    name: 'block-from-the-future',
    says: 'The block is dated a second more than ten minutes ahead of the caller’s clock.',
    edits: judge((s) => {
      s.now = s.block.time - 601
    }),
    fails: untrusted('UNTRUSTED_HEADER'),
  },
  {
    name: 'trust-expired',
    says: 'The validator is no longer trusted: who has left can sign anything.',
    edits: judge((s) => {
      s.now = GENESIS + 365 * DAY
    }),
    fails: untrusted('UNTRUSTED_HEADER'),
  },
  {
    name: 'block-below-the-anchor',
    says: 'The block is older than the anchor by its height.',
    edits: judge((s) => void Object.assign(s.trust.anchors[1]!, { height: s.block.number + 1 })),
    fails: untrusted('UNTRUSTED_HEADER'),
  },
  {
    name: 'block-before-the-anchor',
    says: 'The block is older than the anchor by its time.',
    edits: judge((s) => void Object.assign(s.trust.anchors[1]!, { time: s.block.time + 1 })),
    fails: untrusted('UNTRUSTED_HEADER'),
  },
  {
    name: 'pin-of-another-height',
    says: 'The trust pins this hash at another height.',
    edits: judge((s) => {
      s.trust.anchors = [{ height: s.block.number + 1, blockHash: s.block.hash }]
    }),
    fails: untrusted('UNTRUSTED_HEADER'),
  },
  {
    name: 'pin-of-another-block',
    says: 'The trust pins another block at this height.',
    edits: judge((s) => {
      s.trust.anchors = [{ height: s.block.number, blockHash: sha(12) }]
    }),
    fails: untrusted('UNTRUSTED_HEADER'),
  },
  {
    name: 'history-path-altered',
    says: 'One step of the History path is another.',
    edits: both(
      old(14),
      judge(({ bundle }) => {
        bundle.chain!.history!.path[0] = flip(bundle.chain!.history!.path[0]!)
      }),
    ),
    fails: untrusted('HISTORY_PROOF_INVALID'),
  },
  {
    name: 'history-path-cut',
    says: 'The History path is a step too short.',
    edits: both(
      old(14),
      judge(({ bundle }) => void bundle.chain!.history!.path.pop()),
    ),
    fails: untrusted('HISTORY_PROOF_INVALID'),
  },
  {
    name: 'history-of-another-block',
    says: 'The old block is not the one in the History: the attacker made it.',
    edits: both(
      old(5),
      judge((s) =>
        resignHeader(
          s,
          (fields) => {
            fields[12] = Uint8Array.of(1)
          },
          actor('attacker'),
        ),
      ),
    ),
    fails: untrusted('HISTORY_PROOF_INVALID'),
  },
  {
    name: 'history-too-young',
    says: 'The newer block has not got the old one in its History: it is the same block.',
    edits: both(old(5), {
      judge: async (s) => {
        s.bundle.chain!.history = {
          ...(await s.ledger.proveHistory(s.ledger.blocks[1]!, s.block, s.validator, CHAIN_ID)),
          path: [],
        }
      },
    }),
    fails: untrusted('HISTORY_PROOF_INVALID'),
  },
  {
    name: 'history-wrong-count',
    says: 'The slot proven as the count is another one of History.',
    edits: both(old(5), {
      judge: async (s) => {
        s.bundle.chain!.history!.count = await s.ledger.proveSlot(s.ledger.blocks.at(-1)!, ADDRESSES.history, historyPeakSlot(0))
      },
    }),
    fails: untrusted('HISTORY_PROOF_INVALID'),
  },
  {
    name: 'history-wrong-peak',
    says: 'The slot proven as the peak is another peak.',
    edits: both(old(3), {
      judge: async (s) => {
        s.bundle.chain!.history!.peak = await s.ledger.proveSlot(s.ledger.blocks.at(-1)!, ADDRESSES.history, historyPeakSlot(1))
      },
    }),
    fails: untrusted('HISTORY_PROOF_INVALID'),
  },
  {
    name: 'history-of-another-contract',
    says: 'The proof of the account is that of a contract whose storage the attacker can write.',
    edits: both(old(5), {
      judge: async (s) => {
        s.bundle.chain!.history!.account = (await s.ledger.prove(s.ledger.blocks.at(-1)!, [[ADDRESSES.nodes, []]]))[0]!.proof
      },
    }),
    fails: untrusted('PROOF_MISMATCH'),
  },
  {
    name: 'history-not-there',
    says: 'The newer block has no History at all.',
    edits: both(
      old(5),
      judge(({ bundle, validator }) => {
        const proof = bundle.chain!.history!
        const fields = decodeRlp(hexToBytes(proof.header)) as RlpItem[]
        fields[3] = hexToBytes(EMPTY_TRIE_ROOT)
        proof.header = bytesToHex(encodeRlp(fields))
        const { number, hash } = parseHeader(proof.header)
        proof.commit = signCommit(CHAIN_ID, { height: number, blockHash: hash }, validator.key)
        proof.account = []
      }),
    ),
    fails: untrusted('HISTORY_PROOF_INVALID'),
  },
  {
    name: 'history-peak-altered',
    says: 'The proof of the peak holds another value.',
    edits: both(
      old(5),
      judge(({ bundle }) => tamper(bundle.chain!.history!.peak.proof)),
    ),
    fails: untrusted('PROOF_MISMATCH'),
  },
  {
    name: 'history-of-an-untrusted-block',
    says: 'The newer block is signed by nobody that the trust names.',
    edits: both(
      old(5),
      judge((s) => {
        s.bundle.chain!.history!.commit = signCommit(
          CHAIN_ID,
          { height: s.ledger.blocks.at(-1)!.number, blockHash: s.ledger.blocks.at(-1)!.hash },
          actor('attacker').key,
        )
      }),
    ),
    fails: untrusted('UNTRUSTED_HEADER'),
  },
  {
    name: 'history-newer-header-cut',
    says: 'The newer header is not a header.',
    edits: both(
      old(5),
      judge(({ bundle }) => {
        bundle.chain!.history!.header = bundle.chain!.history!.header.slice(0, -2) as Hex
      }),
    ),
    fails: untrusted('HEADER_MALFORMED'),
  },
  {
    name: 'bond-invented',
    says: 'The proof of the node’s bond holds a higher number than the chain.',
    edits: judge((s) => tamper(slot(s, ADDRESSES.nodes, nodeSlots(s.operator.address)[0]!).proof)),
    fails: all('STATE_PROOF_INVALID', 'operator.registered', 'operator.bonded'),
  },
  {
    name: 'key-proof-of-another-slot',
    says: 'The proof shown for the key is that of another slot.',
    edits: judge((s) => {
      slot(s, ADDRESSES.nodes, keySlot(s.operator.address, s.receiptKey.address)).proof = slot(
        s,
        ADDRESSES.nodes,
        nodeSlots(s.operator.address)[0]!,
      ).proof
    }),
    fails: { 'operator.registered': 'STATE_PROOF_INVALID' },
  },
  {
    name: 'settled-proof-of-another-contract',
    says: 'The storage of another contract is shown as that of Settlement.',
    edits: judge(({ bundle }) => {
      const [, nodes, settlement] = bundle.chain!.accounts
      settlement!.proof = nodes!.proof
    }),
    fails: { ...all('STATE_PROOF_INVALID', 'payment.settled', 'inclusion'), finality: 'ABSENT' },
  },
  {
    name: 'proof-node-too-many',
    says: 'The proof of the key holds a node more than it needs.',
    edits: judge((s) => void slot(s, ADDRESSES.nodes, keySlot(s.operator.address, s.receiptKey.address)).proof.push('0x80')),
    fails: { 'operator.registered': 'STATE_PROOF_INVALID' },
  },
  {
    name: 'proof-node-missing',
    says: 'The last node of the proof of the key is missing.',
    edits: judge((s) => void slot(s, ADDRESSES.nodes, keySlot(s.operator.address, s.receiptKey.address)).proof.pop()),
    fails: { 'operator.registered': 'STATE_PROOF_INVALID' },
  },
  {
    name: 'proof-of-the-key-left-out',
    says: 'The evidence leaves the key out: that the node is bonded says nothing about the signer.',
    edits: judge((s) => leaveOut(s, ADDRESSES.nodes, keySlot(s.operator.address, s.receiptKey.address))),
    fails: { 'operator.registered': 'ABSENT' },
  },
  {
    name: 'proof-of-the-settlement-left-out',
    says: 'The evidence leaves the payment out.',
    edits: judge((s) => leaveOut(s, ADDRESSES.settlement, settledSlot(s.receipt.paymentId))),
    fails: { 'payment.settled': 'ABSENT' },
  },
  {
    name: 'account-left-out',
    says: 'The evidence leaves the account of Nodes out.',
    edits: judge(({ bundle }) => void bundle.chain!.accounts.splice(1, 1)),
    fails: all('ABSENT', 'operator.registered', 'operator.bonded', 'payment.price'),
  },
  {
    name: 'evidence-about-another-node',
    says: 'The state proven is that of another node, which is bonded.',
    edits: {
      claim: (s) => {
        s.receipt.node = actor('second operator').address
      },
      commit: (s) => {
        s.batch.node = actor('second operator').address
      },
    },
    fails: { ...all('ABSENT', 'operator.registered', 'operator.bonded', 'inclusion'), 'payment.price': 'QUOTE_NOT_ON_CHAIN' },
  },
]
