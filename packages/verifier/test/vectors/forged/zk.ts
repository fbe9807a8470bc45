import { type CheckId, type ErrorCode, presets, sha256Hex, utf8, ZERO_HASH, zkContext } from '@opengradient/protocol'
import { decodeZkir, encodeZkir } from '@opengradient/zkml'
import { both, type Edits, type Scene } from '../scene.ts'
import type { Story } from '../story.ts'
import { message, proven, publishFile, respond, run, statementOf, type Told, type ZkScene } from '../zkScene.ts'
import { all, changed, judge, sha } from './lies.ts'

const ZK = ['zk.model', 'zk.input', 'zk.output', 'zk.statement', 'zk.proof'] as const
const [, ...AFTER_MODEL] = ZK
const [, , ...AFTER_INPUT] = ZK
const [, , , ...AFTER_OUTPUT] = ZK

/** The honest scene and a lie in it. */
const lie = (edits: Edits, telling: Parameters<typeof proven>[0] = {}): Edits => both(proven(telling), edits)

/** A file that is not what the manifest commits to, though the manifest lists it. */
const published = (change: (zk: ZkScene) => Uint8Array): Edits =>
  lie({
    offer(scene) {
      scene.zk!.fileBytes = change(scene.zk!)
      publishFile(scene)
    },
  })

/** The node answers with other tensors than those of its proof. */
const answered = (change: (tensors: Told[]) => void, binary = false): Edits =>
  lie({ answer: (scene) => respond(scene, binary, true, change) }, { binary })

/** The client asked something else than what was proved. */
const asked = (inputs: Told[]): Edits =>
  lie({
    call(scene) {
      scene.request.body = message('inputs', inputs, false, { parameters: { seed: 7, precise: true, note: 'close' } })[0]
    },
  })

const FEATURES: Told = { name: 'features', datatype: 'FP32', shape: [1, 4], values: [0.4, -1.1, 0.2, 0.9] }

/** The node makes another proof, at another place of the story, without changing what it states. */
const proofOf = (change: (scene: Scene, zk: ZkScene) => void): Edits =>
  lie({
    bundle(scene) {
      const zk = scene.zk!
      change(scene, zk)
      scene.bundle.zk!.proof = zk.proof
    },
  })

const tensor = (tensors: Told[], name: string): Told => tensors.find((one) => one.name === name)!

interface Lie {
  readonly name: string
  readonly says: string
  readonly edits: Edits
  readonly fails: Partial<Record<CheckId, ErrorCode>>
}

const models: readonly Lie[] = [
  {
    name: 'zk-other-file',
    says: 'The bundle shows another file than those of the manifest.',
    edits: lie(
      judge((s) => {
        s.bundle.zk!.model = utf8('another file')
      }),
    ),
    fails: all('ZK_FILE_MISMATCH', ...ZK),
  },
  {
    name: 'zk-file-byte-altered',
    says: 'One byte of the file is another.',
    edits: lie(
      judge((s) => {
        s.bundle.zk!.model = changed(s.bundle.zk!.model, s.bundle.zk!.model.length - 9)
      }),
    ),
    fails: all('ZK_FILE_MISMATCH', ...ZK),
  },
  {
    name: 'zk-file-of-another-kind',
    says: 'The file is one of the manifest’s, but holds no integer model.',
    edits: published(() => utf8('weights, and nothing else')),
    fails: all('ZK_COMMITMENT_MISMATCH', ...ZK),
  },
  {
    name: 'zk-other-commitment',
    says: 'The manifest commits to another integer model than the one in its file.',
    edits: lie({
      offer: (s) => {
        s.manifest.zk!.commitment = sha(21)
      },
    }),
    fails: all('ZK_COMMITMENT_MISMATCH', ...ZK),
  },
  {
    name: 'zk-weights-changed',
    says: 'The weights in the published file are not those of the commitment.',
    edits: published(({ file }) => encodeZkir({ ...file, weights: changed(file.weights!, 12) })),
    fails: all('ZK_COMMITMENT_MISMATCH', ...ZK),
  },
  {
    name: 'zk-weights-missing',
    says: 'The weights are public according to the commitment, and not in the file.',
    edits: published(({ file: { weights: _, ...rest } }) => encodeZkir(rest)),
    fails: all('ZK_COMMITMENT_MISMATCH', ...ZK),
  },
  {
    name: 'zk-not-committed',
    says: 'The manifest commits to no integer model; level zk is claimed all the same.',
    edits: lie({
      offer: (s) => {
        delete s.manifest.zk
      },
    }),
    fails: { signature: 'LEVEL_UNSUPPORTED', ...all('ZK_NOT_COMMITTED', ...ZK) },
  },
  {
    name: 'zk-statement-version-2',
    says: 'The manifest commits to statements of a version that is not known here.',
    edits: lie({
      offer: (s) => {
        s.manifest.zk!.statementVersion = 2
      },
    }),
    fails: all('ZK_NOT_COMMITTED', ...ZK),
  },
  {
    name: 'zk-output-renamed',
    says: 'The published file calls an output by a name that the manifest does not have.',
    edits: lie({
      offer(scene) {
        const { io, ...files } = decodeZkir(scene.zk!.fileBytes)
        const outputs = io.outputs.map((output) => (output.name === 'step' ? { ...output, name: 'stride' } : output))
        scene.zk!.fileBytes = encodeZkir({ ...files, io: { ...io, outputs } })
        publishFile(scene)
      },
    }),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
]

const inputs: readonly Lie[] = [
  {
    name: 'zk-another-input-proved',
    says: 'The proof is about another input than the request; the receipt states so.',
    edits: lie({
      answer: (s) => {
        run(s.zk!, [0.4, -1.1, 0.2, 0.8])
        respond(s, false, true)
      },
    }),
    fails: { 'zk.statement': 'ZK_STATEMENT_MISMATCH', 'zk.proof': 'ZK_PROOF_INVALID' },
  },
  {
    name: 'zk-another-input-proved-and-denied',
    says: 'The proof is about another input; the receipt states this request.',
    edits: lie({
      answer: (s) => {
        const { x } = s.zk!
        run(s.zk!, [0.4, -1.1, 0.2, 0.8])
        s.zk!.x = x
        respond(s, false, true)
      },
    }),
    fails: { 'zk.proof': 'ZK_PROOF_INVALID' },
  },
  {
    name: 'zk-input-out-of-range',
    says: 'The request holds a number that the integer model cannot take: the node ran something else.',
    edits: asked([{ ...FEATURES, values: [0.4, -1.1, 0.2, 9] }]),
    fails: all('ZK_INPUT_MISMATCH', ...AFTER_MODEL),
  },
  {
    name: 'zk-input-misnamed',
    says: 'The request has no input of the name that the integer model has.',
    edits: asked([{ ...FEATURES, name: 'feature' }]),
    fails: all('ZK_INPUT_MISMATCH', ...AFTER_MODEL),
  },
  {
    name: 'zk-input-besides',
    says: 'The request holds a second input, which the integer model ignores.',
    edits: asked([FEATURES, { ...FEATURES, name: 'more' }]),
    fails: all('ZK_INPUT_MISMATCH', ...AFTER_MODEL),
  },
  {
    name: 'zk-input-of-integers',
    says: 'The request holds whole numbers where the model takes fractions.',
    edits: asked([{ ...FEATURES, datatype: 'INT32', values: [0, -1, 0, 1] }]),
    fails: all('ZK_INPUT_MISMATCH', ...AFTER_MODEL),
  },
  {
    name: 'zk-input-too-short',
    says: 'The request holds three features.',
    edits: asked([{ ...FEATURES, shape: [1, 3], values: [0.4, -1.1, 0.2] }]),
    fails: all('ZK_INPUT_MISMATCH', ...AFTER_MODEL),
  },
  {
    name: 'zk-two-rows-one-proved',
    says: 'The request holds two rows; the proof is about the first.',
    edits: asked([{ ...FEATURES, shape: [2, 4], values: [...FEATURES.values, ...FEATURES.values] }]),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-no-rows',
    says: 'The request holds no row.',
    edits: asked([{ ...FEATURES, shape: [0, 4], values: [] }]),
    fails: all('ZK_INPUT_MISMATCH', ...AFTER_MODEL),
  },
  {
    name: 'zk-request-altered',
    says: 'The request in the bundle is not the one that the receipt names.',
    edits: lie(
      judge((s) => {
        s.bundle.request!.body = changed(s.bundle.request!.body, s.bundle.request!.body.length - 5)
      }),
    ),
    fails: { 'parameters.honoured': 'ABSENT', ...all('REQUEST_HASH_MISMATCH', 'request.bound', ...AFTER_MODEL) },
  },
]

const outputs: readonly Lie[] = [
  {
    name: 'zk-integer-changed',
    says: 'One integer of the answer is another; float and receipt agree with it.',
    edits: lie({
      answer(s) {
        s.zk!.y[0] = BigInt64Array.of((s.zk!.y[0]![0] as bigint) + 65_536n)
        respond(s, false, true)
      },
    }),
    fails: { 'zk.proof': 'ZK_PROOF_INVALID' },
  },
  {
    name: 'zk-integer-changed-in-the-answer',
    says: 'One integer of the answer is another, the output its decoding; the receipt states what was proved.',
    edits: lie({
      answer(s) {
        const { y } = s.zk!
        s.zk!.y = [y[0]!, Int16Array.of(Number(y[1]![0]) + 1, Number(y[1]![1]))]
        respond(s, false, true)
        s.zk!.y = y
      },
    }),
    fails: { 'zk.statement': 'ZK_STATEMENT_MISMATCH', 'zk.proof': 'ZK_PROOF_INVALID' },
  },
  {
    name: 'zk-float-changed',
    says: 'The output that the client reads is not the decoding of the integers.',
    edits: answered((tensors) => {
      tensor(tensors, 'volatility').values[0] = Math.fround(Number(tensor(tensors, 'volatility').values[0]) + 2 ** -18)
    }),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-float-changed-binary',
    says: 'The same, in a binary answer.',
    edits: answered((tensors) => {
      tensor(tensors, 'volatility').values[0] = 14.25
    }, true),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-label-changed',
    says: 'The label is not that of the largest score.',
    edits: answered((tensors) => {
      tensor(tensors, 'regime').values[0] = tensor(tensors, 'regime').values[0] === 'calm' ? 'wild' : 'calm'
    }),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-number-label-changed',
    says: 'The number of the class is another.',
    edits: answered((tensors) => {
      tensor(tensors, 'step').values[0] = 8
    }),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-output-of-another-type',
    says: 'An output is not of the type that the manifest declares.',
    edits: answered((tensors) => {
      tensor(tensors, 'volatility').datatype = 'FP64'
    }),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-output-added',
    says: 'The answer holds an output that nobody declared.',
    edits: answered((tensors) => {
      tensors.push({ name: 'advice', datatype: 'FP32', shape: [1, 1], values: [1] })
    }),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-output-longer',
    says: 'An output has a value more than what is proved.',
    edits: answered((tensors) => {
      const step = tensor(tensors, 'step')
      step.shape = [2, 1]
      step.values.push(step.values[0]!)
    }),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-outputs-left-out',
    says: 'The answer holds integers and floats, and none of the outputs that were asked for.',
    edits: answered((tensors) => void tensors.splice(0, 3)),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-integers-left-out',
    says: 'The answer does not hold the integers.',
    edits: answered((tensors) => void tensors.splice(3, 2)),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-integers-added',
    says: 'The answer holds integers of an output that there is not.',
    edits: answered((tensors) => {
      tensors.push({ ...tensor(tensors, 'zk:1'), name: 'zk:2' })
    }),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-integers-misnumbered',
    says: 'The integers have another number than their output.',
    edits: answered((tensors) => {
      tensor(tensors, 'zk:1').name = 'zk:01'
    }),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-integers-as-floats',
    says: 'The integers are told as floating-point numbers.',
    edits: answered((tensors) => {
      tensor(tensors, 'zk:1').datatype = 'FP64'
    }),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-integers-too-many',
    says: 'There are more integers than the output has.',
    edits: answered((tensors) => {
      tensor(tensors, 'zk:0').shape = [1, 2]
      tensor(tensors, 'zk:0').values.push(1)
    }),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-integer-above-its-type',
    says: 'An int16 is told 2^16 larger: the same 16 bits.',
    edits: answered((tensors) => {
      const proved = tensor(tensors, 'zk:1')
      proved.values[0] = Number(proved.values[0]) + 65_536
    }),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-integer-below-its-type',
    says: 'An int16 is told 2^16 smaller.',
    edits: answered((tensors) => {
      const proved = tensor(tensors, 'zk:1')
      proved.values[1] = Number(proved.values[1]) - 65_536
    }),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-answer-altered',
    says: 'The answer in the bundle is not the one that the receipt names.',
    edits: lie(
      judge((s) => {
        s.bundle.response!.body = changed(s.bundle.response!.body, s.bundle.response!.body.length - 9)
      }),
    ),
    fails: all('RESPONSE_HASH_MISMATCH', 'response.unaltered', ...AFTER_INPUT),
  },
]

const proofs: readonly Lie[] = [
  {
    name: 'zk-other-proof-ref',
    says: 'The receipt names the digest of another statement.',
    edits: lie({
      claim: (s) => {
        s.receipt.proofRef = sha(22)
      },
    }),
    fails: { 'zk.statement': 'ZK_STATEMENT_MISMATCH' },
  },
  {
    name: 'zk-statement-of-another-model',
    says: 'The receipt states another model’s answer.',
    edits: lie({
      claim: (s) => {
        s.receipt.proofRef = statementOf({ ...s, modelId: sha(23) }, s.zk!)
      },
    }),
    fails: { 'zk.statement': 'ZK_STATEMENT_MISMATCH' },
  },
  {
    name: 'zk-proof-with-a-receipt-of-level-signature',
    says: 'The receipt is of level signature; a proof is put beside it.',
    edits: lie({ claim: (s) => void Object.assign(s.receipt, { level: 0, proofRef: ZERO_HASH }) }),
    fails: { 'zk.statement': 'ZK_STATEMENT_MISMATCH' },
  },
  {
    name: 'zk-proof-byte-altered',
    says: 'One byte of the proof is another.',
    edits: lie(
      judge((s) => {
        s.bundle.zk!.proof = changed(s.bundle.zk!.proof, 200)
      }),
    ),
    fails: { 'zk.proof': 'ZK_PROOF_INVALID' },
  },
  {
    name: 'zk-proof-truncated',
    says: 'The last byte of the proof is missing.',
    edits: lie(
      judge((s) => {
        s.bundle.zk!.proof = s.bundle.zk!.proof.subarray(0, -1)
      }),
    ),
    fails: { 'zk.proof': 'ZK_PROOF_INVALID' },
  },
  {
    name: 'zk-proof-empty',
    says: 'The proof has no bytes.',
    edits: lie(
      judge((s) => {
        s.bundle.zk!.proof = new Uint8Array()
      }),
    ),
    fails: { 'zk.proof': 'ZK_PROOF_INVALID' },
  },
  {
    name: 'zk-proof-of-another-request',
    says: 'A proof of the same input and output, made for an earlier request.',
    edits: proofOf(({ domain }, zk) => {
      zk.ctx = zkContext({ chainId: domain.chainId, requestId: sha(24), salt: sha(25) })
      run(zk, [0.4, -1.1, 0.2, 0.9])
    }),
    fails: { 'zk.proof': 'ZK_PROOF_INVALID' },
  },
  {
    name: 'zk-proof-of-another-chain',
    says: 'A proof of the same answer on another chain.',
    edits: lie({
      answer(s) {
        const { salt } = s.execution
        s.zk!.ctx = zkContext({ chainId: 1n, requestId: `0x${'11'.repeat(32)}`, salt })
        run(s.zk!, [0.4, -1.1, 0.2, 0.9])
      },
    }),
    fails: { 'zk.statement': 'ZK_STATEMENT_MISMATCH', 'zk.proof': 'ZK_PROOF_INVALID' },
  },
  {
    name: 'zk-other-salt',
    says: 'The execution record holds another salt than the statement.',
    edits: lie({
      answer: (s) => {
        s.execution.salt = sha256Hex(utf8('test vectors: another salt'))
      },
    }),
    fails: { 'zk.statement': 'ZK_STATEMENT_MISMATCH', 'zk.proof': 'ZK_PROOF_INVALID' },
  },
  {
    name: 'zk-proof-of-another-answer',
    says: 'A proof of another input of the same client.',
    edits: proofOf((_, zk) => run(zk, [1, 2, 3, 4])),
    fails: { 'zk.proof': 'ZK_PROOF_INVALID' },
  },
  {
    name: 'zk-public-proof-for-committed-weights',
    says: 'The weights are committed; the proof says that they are public.',
    edits: both(proven({ committed: true }), {
      judge(s) {
        s.bundle.zk!.proof = changed(s.bundle.zk!.proof, 7)
      },
    }),
    fails: { 'zk.proof': 'ZK_PROOF_INVALID' },
  },
  {
    name: 'zk-committed-proof-byte-altered',
    says: 'The weights are committed; one byte of the proof is another.',
    edits: both(proven({ committed: true }), {
      judge(s) {
        s.bundle.zk!.proof = changed(s.bundle.zk!.proof, s.bundle.zk!.proof.length - 40)
      },
    }),
    fails: { 'zk.proof': 'ZK_PROOF_INVALID' },
  },
  {
    name: 'zk-record-altered',
    says: 'The execution record is not the one of the receipt: its salt means nothing.',
    edits: lie(
      judge((s) => {
        s.bundle.execution = changed(s.bundle.execution, 30)
      }),
    ),
    fails: {
      ...all('EXECUTION_HASH_MISMATCH', 'model.unmodified', 'response.unaltered', 'parameters.honoured', 'payment.price'),
      ...all('EXECUTION_HASH_MISMATCH', ...AFTER_OUTPUT),
    },
  },
]

const absences: readonly Lie[] = [
  {
    name: 'zk-proof-withheld',
    says: 'A proof is required and not there.',
    edits: lie(
      judge((s) => {
        delete s.bundle.zk
      }),
    ),
    fails: all('ABSENT', ...ZK),
  },
  {
    name: 'zk-request-withheld-though-required',
    says: 'A proof is required; without the request nothing of it can be checked.',
    edits: lie(
      judge((s) => {
        delete s.bundle.request
      }),
    ),
    fails: all('ABSENT', 'request.bound', 'parameters.honoured', ...AFTER_MODEL),
  },
  {
    name: 'zk-required-of-a-signature',
    says: 'A proof is required; the answer is an honest one of level signature.',
    edits: {
      judge(s) {
        s.policy = { ...presets.settled, level: 'zk' }
      },
    },
    fails: all('ABSENT', ...ZK),
  },
  {
    name: 'zk-check-required-of-a-signature',
    says: 'One check of a proof is required by its name alone.',
    edits: {
      judge(s) {
        s.policy = { require: ['zk.proof'], level: 'signature' }
      },
    },
    fails: { 'zk.proof': 'ABSENT' },
  },
]

/** Lies about proofs. */
export const zk: readonly Story[] = [...models, ...inputs, ...outputs, ...proofs, ...absences]

/** Apart, so that vectors that are published keep their numbers. */
export const zkShape: readonly Story[] = [
  {
    name: 'zk-output-of-another-shape',
    says: 'An output has the numbers that are proved, in another shape than the integer model gives them.',
    edits: answered((tensors) => {
      tensor(tensors, 'volatility').shape = [1]
    }),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-input-of-another-shape',
    says: 'The request holds the numbers that are proved, in another shape than the integer model takes.',
    edits: asked([{ ...FEATURES, shape: [1, 2, 2] }]),
    fails: all('ZK_INPUT_MISMATCH', ...AFTER_MODEL),
  },
]

/** The published file decodes one output more: the scores of which the others are labels. */
const scored: Edits = {
  offer(scene) {
    const { io, ...files } = decodeZkir(scene.zk!.fileBytes)
    const outputs = [...io.outputs, { name: 'scores', shape: [2], output: 1, decode: { kind: 'values' } } as const]
    scene.zk!.fileBytes = encodeZkir({ ...files, io: { ...io, outputs } })
    publishFile(scene)
  },
}

/** Apart, for the same reason. */
export const zkWhole: readonly Story[] = [
  {
    name: 'zk-output-left-out',
    says: 'The answer holds the integers, and of three outputs that the model declares only two.',
    edits: answered((tensors) => void tensors.splice(1, 1)),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-output-not-of-the-integer-model',
    says: 'The manifest declares an output that the integer model does not have, and the answer lacks it.',
    edits: lie({
      offer(scene) {
        scene.manifest.outputs.push({ name: 'advice', datatype: 'FP32', shape: ['n', 1], doc: 'what to do' })
      },
    }),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-output-not-of-the-manifest',
    says: 'The published file decodes an output that the manifest does not declare, and the answer lacks it.',
    edits: lie(scored),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
  {
    name: 'zk-zero-of-the-other-sign',
    says: 'The integers give 0 twice; the answer says 0 and -0, which is another number to whoever divides by it or looks at its sign.',
    edits: lie(
      both(scored, {
        offer(scene) {
          scene.manifest.outputs.push({ name: 'scores', datatype: 'FP32', shape: ['n', 2], doc: 'how much speaks for each' })
        },
        answer(scene) {
          respond(scene, true, true, (tensors) => {
            tensors.push({ name: 'scores', datatype: 'FP32', shape: [1, 2], values: [0, -0] })
          })
        },
      }),
      { binary: true, features: [0, 0, 0, -5] },
    ),
    fails: all('ZK_OUTPUT_MISMATCH', ...AFTER_INPUT),
  },
]
