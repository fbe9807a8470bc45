import type { Method } from './methods.ts'

/** Messages as bytes, made by `Marshal` of CometBFT v0.39.3 (`abci/types`), and what they say. */
export type MessageVector = readonly [method: Method, bytes: string, value: Readonly<Record<string, unknown>>]

const of = (byte: number, length = 1) => new Uint8Array(length).fill(byte)
const TIME = { seconds: 1_700_000_000n, nanos: 5 }
const VALIDATOR = { address: of(1, 2), power: 10n }
const MISBEHAVIOR = [{ type: 'lightClientAttack', validator: VALIDATOR, height: 3n, time: TIME, totalVotingPower: 40n }]
const COMMIT = { round: 1, votes: [{ validator: VALIDATOR, blockIdFlag: 'nil' }] }
const BLOCK = {
  txs: [of(1)],
  misbehavior: MISBEHAVIOR,
  hash: of(3),
  height: 4n,
  time: TIME,
  nextValidatorsHash: of(1),
  proposerAddress: of(2),
}
const SNAPSHOT = { height: 5n, format: 1, chunks: 2, hash: of(3, 2), metadata: of(4) }
const EVENTS = [{ type: 't', attributes: [{ key: 'k', value: 'v', index: true }] }]
const PARAMS = {
  block: { maxBytes: 1000n, maxGas: -1n },
  evidence: { maxAgeNumBlocks: 9n, maxAgeDuration: { seconds: 172_800n, nanos: 0 }, maxBytes: 3n },
  validator: { pubKeyTypes: ['ed25519'] },
  version: { app: 2n },
  abci: { voteExtensionsEnableHeight: 4n },
}

export const REQUEST_VECTORS: readonly MessageVector[] = [
  ['echo', '0a040a026869', { message: 'hi' }],
  ['flush', '1200', {}],
  ['info', '1a130a06302e33392e33100b18092205322e302e30', { version: '0.39.3', blockVersion: 11n, p2pVersion: 9n, abciVersion: '2.0.0' }],
  [
    'initChain',
    '2a5a0a080880e2cfaa0610051201631a2f0a0e08e80710ffffffffffffffffff01120a080912040880c60a18031a090a0765643235353139220208022a02080422090a050a03070707100a22090a05120308080810012a027b7d3001',
    {
      time: TIME,
      chainId: 'c',
      consensusParams: PARAMS,
      validators: [
        { pubKey: { ed25519: of(7, 3) }, power: 10n },
        { pubKey: { secp256k1: of(8, 3) }, power: 1n },
      ],
      appStateBytes: new TextEncoder().encode('{}'),
      initialHeight: 1n,
    },
  ],
  ['query', '320a0a010112017018072001', { data: of(1), path: 'p', height: 7n, prove: true }],
  ['checkTx', '42060a0201011001', { tx: of(1, 2), type: 'recheck' }],
  ['commit', '5a00', {}],
  ['listSnapshots', '6200', {}],
  ['offerSnapshot', '6a130a0d080510011802220203032a010412020909', { snapshot: SNAPSHOT, appHash: of(9, 2) }],
  ['loadSnapshotChunk', '7206080510011802', { height: 5n, format: 1, chunk: 2 }],
  ['applySnapshotChunk', '7a0908ac021201011a0173', { index: 300, chunk: of(1), sender: 's' }],
  [
    'prepareProposal',
    '82014c086312010112001201021a14080212100a060a020101180a1a010522010628022218080212060a020101180a180322080880e2cfaa0610052828280432080880e2cfaa0610053a0101420102',
    {
      maxTxBytes: 99n,
      txs: [of(1), of(0, 0), of(2)],
      localLastCommit: {
        round: 2,
        votes: [{ validator: VALIDATOR, voteExtension: of(5), extensionSignature: of(6), blockIdFlag: 'commit' }],
      },
      misbehavior: MISBEHAVIOR,
      height: 4n,
      time: TIME,
      nextValidatorsHash: of(1),
      proposerAddress: of(2),
    },
  ],
  [
    'processProposal',
    '8a01420a0101120e0801120a0a060a020101180a18031a18080212060a020101180a180322080880e2cfaa0610052828220103280432080880e2cfaa0610053a0101420102',
    { ...BLOCK, proposedLastCommit: COMMIT },
  ],
  [
    'extendVote',
    '9201420a010310041a080880e2cfaa0610052201012a0e0801120a0a060a020101180a18033218080212060a020101180a180322080880e2cfaa06100528283a0101420102',
    { ...BLOCK, proposedLastCommit: COMMIT },
  ],
  ['verifyVoteExtension', '9a010b0a01031201021804220105', { hash: of(3), validatorAddress: of(2), height: 4n, voteExtension: of(5) }],
  [
    'finalizeBlock',
    'a201420a0101120e0801120a0a060a020101180a18031a18080212060a020101180a180322080880e2cfaa0610052828220103280432080880e2cfaa0610053a0101420102',
    { ...BLOCK, decidedLastCommit: COMMIT },
  ],
  ['insertTx', 'aa01030a0101', { tx: of(1) }],
  ['reapTxs', 'b2010408051006', { maxBytes: 5n, maxGas: 6n }],
]

export const RESPONSE_VECTORS: readonly MessageVector[] = [
  ['echo', '12040a026869', { message: 'hi' }],
  ['flush', '1a00', {}],
  [
    'info',
    '220e0a0164120131180120032a020101',
    { data: 'd', version: '1', appVersion: 1n, lastBlockHeight: 3n, lastBlockAppHash: of(1, 2) },
  ],
  [
    'initChain',
    '32400a2f0a0e08e80710ffffffffffffffffff01120a080912040880c60a18031a090a0765643235353139220208022a02080412090a050a03070707100a1a020101',
    { consensusParams: PARAMS, validators: [{ pubKey: { ed25519: of(7, 3) }, power: 10n }], appHash: of(1, 2) },
  ],
  [
    'query',
    '3a2208011a016c22016928023201013a0102420b0a090a01741201031a01044805520173',
    {
      code: 1,
      log: 'l',
      info: 'i',
      index: 2n,
      key: of(1),
      value: of(2),
      proofOps: { ops: [{ type: 't', key: of(3), data: of(4) }] },
      height: 5n,
      codespace: 's',
    },
  ],
  [
    'checkTx',
    '4a2108011201011a016c220169280230033a0d0a017412080a016b1201761801420173',
    { code: 1, data: of(1), log: 'l', info: 'i', gasWanted: 2n, gasUsed: 3n, events: EVENTS, codespace: 's' },
  ],
  ['commit', '62021804', { retainHeight: 4n }],
  ['listSnapshots', '6a0f0a0d080510011802220203032a0104', { snapshots: [SNAPSHOT] }],
  ['offerSnapshot', '72020805', { result: 'rejectSender' }],
  ['loadSnapshotChunk', '7a030a0101', { chunk: of(1) }],
  [
    'applySnapshotChunk',
    '82010d0805120301ac021a01611a0162',
    { result: 'rejectSnapshot', refetchChunks: [1, 300], rejectSenders: ['a', 'b'] },
  ],
  ['prepareProposal', '8a01060a01010a0102', { txs: [of(1), of(2)] }],
  ['processProposal', '9201020802', { status: 'reject' }],
  ['extendVote', '9a01030a0101', { voteExtension: of(1) }],
  ['verifyVoteExtension', 'a201020801', { status: 'accept' }],
  [
    'finalizeBlock',
    'aa01610a0d0a017412080a016b120176180112001210080112010130fdffffffffffffffff011a070a051203080808222f0a0e08e80710ffffffffffffffffff01120a080912040880c60a18031a090a0765643235353139220208022a0208042a020909',
    {
      events: EVENTS,
      txResults: [{}, { code: 1, data: of(1), gasUsed: -3n }],
      validatorUpdates: [{ pubKey: { secp256k1: of(8, 3) } }],
      consensusParamUpdates: PARAMS,
      appHash: of(9, 2),
    },
  ],
  ['insertTx', 'b201020801', { code: 1 }],
  ['reapTxs', 'ba01030a0101', { txs: [of(1)] }],
]
