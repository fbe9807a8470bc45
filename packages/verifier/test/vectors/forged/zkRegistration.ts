import type { CheckId } from '@opengradient/protocol'
import { decodeZkir, encodeZkir } from '@opengradient/zkml'
import { both, type Edits } from '../scene.ts'
import type { Story } from '../story.ts'
import { proven, publishFile, sameWeights, type ZkScene } from '../zkScene.ts'
import { all, changed } from './lies.ts'

const ZK: readonly CheckId[] = ['zk.model', 'zk.input', 'zk.output', 'zk.statement', 'zk.proof']

/** A published file with another registration proof than its own, which the manifest lists. */
const registered = (change: (zk: ZkScene, own: Uint8Array) => Uint8Array, committed = true): Edits =>
  both(proven({ committed, registered: committed }), {
    offer(scene) {
      const zk = scene.zk!
      const file = decodeZkir(zk.fileBytes)
      zk.fileBytes = encodeZkir({ ...file, registration: change(zk, file.registration ?? new Uint8Array()) })
      publishFile(scene)
    },
  })

/** Lies about the range of weights. */
export const zkRegistration: readonly Story[] = [
  {
    name: 'zk-registration-byte-altered',
    says: 'The weights are committed; one byte of the proof that they are in range is another.',
    edits: registered((_, own) => changed(own, own.length - 40)),
    fails: all('ZK_COMMITMENT_MISMATCH', ...ZK),
  },
  {
    name: 'zk-registration-of-another-model',
    says: 'The proof that the committed weights are in range is that of another model, with the same root of the same weights.',
    edits: registered(sameWeights),
    fails: all('ZK_COMMITMENT_MISMATCH', ...ZK),
  },
  {
    name: 'zk-registration-empty',
    says: 'The file claims a proof that the committed weights are in range, and holds no byte of it.',
    edits: registered(() => new Uint8Array()),
    fails: all('ZK_COMMITMENT_MISMATCH', ...ZK),
  },
  {
    name: 'zk-registration-of-public-weights',
    says: 'The weights are public; the file holds a proof that committed ones are in range.',
    edits: registered(sameWeights, false),
    fails: all('ZK_COMMITMENT_MISMATCH', ...ZK),
  },
]
