// The requests and responses of ABCI 2.0, from proto/tendermint/abci/types.proto of CometBFT v0.39.3 (the same in v0.40.0).
import {
  always,
  bool,
  bytes,
  choice,
  int64,
  many,
  manyBytes,
  manyTexts,
  manyUint32s,
  maybe,
  message,
  text,
  uint32,
  uint64,
} from './protobuf/message.ts'
import {
  CommitInfo,
  ConsensusParams,
  Event,
  ExecTxResult,
  ExtendedCommitInfo,
  Misbehavior,
  ProofOps,
  Snapshot,
  Timestamp,
  ValidatorUpdate,
} from './types.ts'

const EMPTY = message({})

/** The block that is proposed, voted on or decided, but for what is known of the votes before it. */
const PROPOSED = {
  hash: bytes(4),
  height: int64(5),
  time: always(6, Timestamp),
  nextValidatorsHash: bytes(7),
  proposerAddress: bytes(8),
}

/** The messages of each method, each with its field number in the `oneof` of `Request` and of `Response`. */
export const METHODS = {
  echo: { request: { number: 1, message: message({ message: text(1) }) }, response: { number: 2, message: message({ message: text(1) }) } },
  flush: { request: { number: 2, message: EMPTY }, response: { number: 3, message: EMPTY } },
  info: {
    request: { number: 3, message: message({ version: text(1), blockVersion: uint64(2), p2pVersion: uint64(3), abciVersion: text(4) }) },
    response: {
      number: 4,
      message: message({ data: text(1), version: text(2), appVersion: uint64(3), lastBlockHeight: int64(4), lastBlockAppHash: bytes(5) }),
    },
  },
  initChain: {
    request: {
      number: 5,
      message: message({
        time: always(1, Timestamp),
        chainId: text(2),
        consensusParams: maybe(3, ConsensusParams),
        validators: many(4, ValidatorUpdate),
        appStateBytes: bytes(5),
        initialHeight: int64(6),
      }),
    },
    response: {
      number: 6,
      message: message({ consensusParams: maybe(1, ConsensusParams), validators: many(2, ValidatorUpdate), appHash: bytes(3) }),
    },
  },
  query: {
    request: { number: 6, message: message({ data: bytes(1), path: text(2), height: int64(3), prove: bool(4) }) },
    response: {
      number: 7,
      message: message({
        code: uint32(1),
        log: text(3),
        info: text(4),
        index: int64(5),
        key: bytes(6),
        value: bytes(7),
        proofOps: maybe(8, ProofOps),
        height: int64(9),
        codespace: text(10),
      }),
    },
  },
  checkTx: {
    request: { number: 8, message: message({ tx: bytes(1), type: choice(2, ['new', 'recheck']) }) },
    response: { number: 9, message: ExecTxResult },
  },
  commit: { request: { number: 11, message: EMPTY }, response: { number: 12, message: message({ retainHeight: int64(3) }) } },
  listSnapshots: { request: { number: 12, message: EMPTY }, response: { number: 13, message: message({ snapshots: many(1, Snapshot) }) } },
  offerSnapshot: {
    request: { number: 13, message: message({ snapshot: maybe(1, Snapshot), appHash: bytes(2) }) },
    response: {
      number: 14,
      message: message({ result: choice(1, ['unknown', 'accept', 'abort', 'reject', 'rejectFormat', 'rejectSender']) }),
    },
  },
  loadSnapshotChunk: {
    request: { number: 14, message: message({ height: uint64(1), format: uint32(2), chunk: uint32(3) }) },
    response: { number: 15, message: message({ chunk: bytes(1) }) },
  },
  applySnapshotChunk: {
    request: { number: 15, message: message({ index: uint32(1), chunk: bytes(2), sender: text(3) }) },
    response: {
      number: 16,
      message: message({
        result: choice(1, ['unknown', 'accept', 'abort', 'retry', 'retrySnapshot', 'rejectSnapshot']),
        refetchChunks: manyUint32s(2),
        rejectSenders: manyTexts(3),
      }),
    },
  },
  prepareProposal: {
    request: {
      number: 16,
      message: message({
        maxTxBytes: int64(1),
        txs: manyBytes(2),
        localLastCommit: always(3, ExtendedCommitInfo),
        misbehavior: many(4, Misbehavior),
        height: int64(5),
        time: always(6, Timestamp),
        nextValidatorsHash: bytes(7),
        proposerAddress: bytes(8),
      }),
    },
    response: { number: 17, message: message({ txs: manyBytes(1) }) },
  },
  processProposal: {
    request: {
      number: 17,
      message: message({ txs: manyBytes(1), proposedLastCommit: always(2, CommitInfo), misbehavior: many(3, Misbehavior), ...PROPOSED }),
    },
    response: { number: 18, message: message({ status: choice(1, ['unknown', 'accept', 'reject']) }) },
  },
  extendVote: {
    request: {
      number: 18,
      message: message({
        hash: bytes(1),
        height: int64(2),
        time: always(3, Timestamp),
        txs: manyBytes(4),
        proposedLastCommit: always(5, CommitInfo),
        misbehavior: many(6, Misbehavior),
        nextValidatorsHash: bytes(7),
        proposerAddress: bytes(8),
      }),
    },
    response: { number: 19, message: message({ voteExtension: bytes(1) }) },
  },
  verifyVoteExtension: {
    request: {
      number: 19,
      message: message({ hash: bytes(1), validatorAddress: bytes(2), height: int64(3), voteExtension: bytes(4) }),
    },
    response: { number: 20, message: message({ status: choice(1, ['unknown', 'accept', 'reject']) }) },
  },
  finalizeBlock: {
    request: {
      number: 20,
      message: message({ txs: manyBytes(1), decidedLastCommit: always(2, CommitInfo), misbehavior: many(3, Misbehavior), ...PROPOSED }),
    },
    response: {
      number: 21,
      message: message({
        events: many(1, Event),
        txResults: many(2, ExecTxResult),
        validatorUpdates: many(3, ValidatorUpdate),
        consensusParamUpdates: maybe(4, ConsensusParams),
        appHash: bytes(5),
      }),
    },
  },
  insertTx: {
    request: { number: 21, message: message({ tx: bytes(1) }) },
    response: { number: 22, message: message({ code: uint32(1) }) },
  },
  reapTxs: {
    request: { number: 22, message: message({ maxBytes: uint64(1), maxGas: uint64(2) }) },
    response: { number: 23, message: message({ txs: manyBytes(1) }) },
  },
} as const

export type Method = keyof typeof METHODS
