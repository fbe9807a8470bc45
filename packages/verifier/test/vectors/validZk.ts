import { presets } from '@opengradient/protocol'
import { both } from './scene.ts'
import type { Story } from './story.ts'
import { proven } from './zkScene.ts'

const ZK = ['zk.model', 'zk.input', 'zk.output', 'zk.statement', 'zk.proof'] as const

/** Honest answers of level zk. */
export const validZk: readonly Story[] = [
  { name: 'zk-proved', says: 'An answer of level zk with its proof.', edits: proven(), absent: ['request.fresh'], level: 'zk' },
  {
    name: 'zk-committed-weights',
    says: 'The weights are committed: the file in the bundle does not hold them. That they are in range is unproven.',
    edits: proven({ committed: true }),
    absent: ['request.fresh'],
    level: 'zk',
  },
  {
    name: 'zk-binary-tensors',
    says: 'Request and answer hold their tensors as binary.',
    edits: proven({ binary: true }),
    absent: ['request.fresh'],
    level: 'zk',
  },
  {
    name: 'zk-two-rows',
    says: 'Two inputs in one statement.',
    edits: proven({ features: [0.4, -1.1, 0.2, 0.9, -2.5, 3.125, 7.5, -0.25], floats: false }),
    absent: ['request.fresh'],
    level: 'zk',
  },
  {
    name: 'zk-settled',
    says: 'The policy asks for everything that settled asks, and for the proof.',
    edits: both(proven(), {
      judge(scene) {
        scene.policy = { ...presets.settled, level: 'zk' }
      },
    }),
    absent: ['request.fresh'],
    level: 'zk',
  },
  {
    name: 'zk-proof-not-there-yet',
    says: 'The answer claims a proof that the bundle does not hold: level signature, if that is enough.',
    edits: both(proven(), {
      judge(scene) {
        delete scene.bundle.zk
        scene.policy = presets.answer
      },
    }),
    absent: ['request.fresh', ...ZK],
  },
  {
    name: 'zk-offline',
    says: 'No chain evidence: the proof holds, but who answered is not shown, so no level.',
    edits: both(proven(), {
      judge(scene) {
        delete scene.bundle.chain
        scene.policy = presets.archive
      },
    }),
    absent: ['request.fresh', 'operator.registered', 'operator.bonded', 'payment.price', 'payment.settled', 'inclusion', 'finality'],
    level: 'none',
  },
  {
    name: 'zk-request-withheld',
    says: 'The request is withheld: nothing about the proof can be checked but its model.',
    edits: both(proven(), {
      judge(scene) {
        delete scene.bundle.request
        scene.policy = { require: ['signature', 'zk.model'], level: 'signature' }
      },
    }),
    absent: ['request.bound', 'request.fresh', 'parameters.honoured', 'zk.input', 'zk.output', 'zk.statement', 'zk.proof'],
    level: 'none',
  },
  {
    name: 'zk-answer-withheld',
    says: 'The answer is withheld: that the model was given this request can be seen, nothing more.',
    edits: both(proven(), {
      judge(scene) {
        delete scene.bundle.response
        scene.policy = { require: ['signature', 'zk.input'], level: 'signature' }
      },
    }),
    absent: ['request.fresh', 'response.unaltered', 'zk.output', 'zk.statement', 'zk.proof'],
    level: 'none',
  },
  {
    name: 'zk-registered-weights',
    says: 'The weights are committed, and the file holds the proof that each is in the range of its type.',
    edits: proven({ committed: true, registered: true }),
    absent: ['request.fresh'],
    level: 'zk',
  },
]
