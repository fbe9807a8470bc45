// Messages shared by requests and responses. Numbers are those of proto/tendermint in CometBFT v0.39.3, the same in v0.40.0.
import {
  always,
  bool,
  bytes,
  choice,
  int32,
  int64,
  many,
  manyTexts,
  maybe,
  message,
  oneOfBytes,
  type Read,
  text,
  uint32,
  uint64,
} from './protobuf/message.ts'

/** Unix seconds and nanoseconds; also how a duration is written. */
export const Timestamp = message({ seconds: int64(1), nanos: int32(2) })
export type Timestamp = Read<typeof Timestamp>

/** One of the keys. */
export const PublicKey = message({ ed25519: oneOfBytes(1), secp256k1: oneOfBytes(2), bls12381: oneOfBytes(3) })

/** `power` 0 removes the validator. */
export const ValidatorUpdate = message({ pubKey: always(1, PublicKey), power: int64(2) })

/** `address` is 20 bytes. */
export const Validator = message({ address: bytes(1), power: int64(3) })

const BLOCK_ID_FLAG = ['unknown', 'absent', 'commit', 'nil'] as const

const VoteInfo = message({ validator: always(1, Validator), blockIdFlag: choice(3, BLOCK_ID_FLAG) })

const ExtendedVoteInfo = message({
  validator: always(1, Validator),
  voteExtension: bytes(3),
  extensionSignature: bytes(4),
  blockIdFlag: choice(5, BLOCK_ID_FLAG),
})

export const CommitInfo = message({ round: int32(1), votes: many(2, VoteInfo) })
export const ExtendedCommitInfo = message({ round: int32(1), votes: many(2, ExtendedVoteInfo) })

export const Misbehavior = message({
  type: choice(1, ['unknown', 'duplicateVote', 'lightClientAttack']),
  validator: always(2, Validator),
  height: int64(3),
  time: always(4, Timestamp),
  totalVotingPower: int64(5),
})

export const ConsensusParams = message({
  block: maybe(1, message({ maxBytes: int64(1), maxGas: int64(2) })),
  evidence: maybe(2, message({ maxAgeNumBlocks: int64(1), maxAgeDuration: always(2, Timestamp), maxBytes: int64(3) })),
  validator: maybe(3, message({ pubKeyTypes: manyTexts(1) })),
  version: maybe(4, message({ app: uint64(1) })),
  abci: maybe(5, message({ voteExtensionsEnableHeight: int64(1) })),
  authority: maybe(6, message({ authority: text(1) })),
})

export const Event = message({
  type: text(1),
  attributes: many(2, message({ key: text(1), value: text(2), index: bool(3) })),
})

/** What became of one transaction. `code`, `data`, `gasWanted` and `gasUsed` go into the next header: they must be deterministic. */
export const ExecTxResult = message({
  code: uint32(1),
  data: bytes(2),
  log: text(3),
  info: text(4),
  gasWanted: int64(5),
  gasUsed: int64(6),
  events: many(7, Event),
  codespace: text(8),
})

export const ProofOps = message({ ops: many(1, message({ type: text(1), key: bytes(2), data: bytes(3) })) })

export const Snapshot = message({ height: uint64(1), format: uint32(2), chunks: uint32(3), hash: bytes(4), metadata: bytes(5) })
export type Snapshot = Read<typeof Snapshot>
