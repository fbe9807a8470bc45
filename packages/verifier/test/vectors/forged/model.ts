import { actor } from '../cast.ts'
import { both } from '../scene.ts'
import type { Story } from '../story.ts'
import { all, changed, judge, rewriteManifest, sha, swappedModel } from './lies.ts'

/** Lies about the model. */
export const model: readonly Story[] = [
  {
    name: 'manifest-byte-altered',
    says: 'One byte of the manifest is another; nobody can sign that away.',
    edits: judge((s) => {
      s.bundle.manifest = changed(s.bundle.manifest, 40)
    }),
    fails: all('MODEL_ID_MISMATCH', 'model.identity', 'model.unmodified'),
  },
  {
    name: 'author-swapped',
    says: 'The same manifest is shown as another author’s.',
    edits: judge((s) => {
      s.bundle.author = actor('impostor').address
    }),
    fails: all('MODEL_ID_MISMATCH', 'model.identity', 'model.unmodified'),
  },
  {
    name: 'cheaper-model-served',
    says: 'The operator runs another of the author’s models than the request names, and signs for that one.',
    edits: swappedModel,
    fails: { 'model.identity': 'MODEL_NOT_REQUESTED' },
  },
  {
    name: 'cheaper-model-served-by-id',
    says: 'The request names the model in place of the name; the operator runs another.',
    edits: both(
      {
        call: (s) => {
          s.request.path = `/v2/models/%30x${s.modelId.slice(2)}/infer`
        },
      },
      swappedModel,
    ),
    fails: { 'model.identity': 'MODEL_NOT_REQUESTED' },
  },
  {
    name: 'model-not-expected',
    says: 'The request asks by name; the caller knows which model the name meant, and it was not this one.',
    edits: {
      call: (s) => {
        s.request.path = '/v2/models/alice%2Fvolatility/infer'
      },
      judge: (s) => {
        s.policy = { ...s.policy, expect: { modelId: sha(1) } }
      },
    },
    fails: { 'model.identity': 'MODEL_UNEXPECTED' },
  },
  {
    name: 'model-never-published',
    says: 'The author never published the model.',
    edits: {
      anchor: (s) => {
        s.published = false
      },
    },
    fails: { 'model.identity': 'MODEL_NOT_FOUND' },
  },
  {
    name: 'manifest-unknown-key',
    says: 'The manifest is the published one, but has a key that this version does not know.',
    edits: { publish: (s) => rewriteManifest(s, (json) => json.replace('{', '{"backdoor":true,')) },
    fails: all('MANIFEST_MALFORMED', 'model.identity', 'model.unmodified'),
  },
  {
    name: 'manifest-key-twice',
    says: 'The manifest has a key twice: two readers could see two manifests.',
    edits: { publish: (s) => rewriteManifest(s, (json) => json.replace('{', '{"v":1,')) },
    fails: all('MANIFEST_MALFORMED', 'model.identity', 'model.unmodified'),
  },
  {
    name: 'weights-modified',
    says: 'The operator ran a modified file and says so in its record.',
    edits: {
      answer: (s) => {
        s.execution.model.files[0]!.sha256 = sha(2)
      },
    },
    fails: { 'model.unmodified': 'FILES_MISMATCH' },
  },
  {
    name: 'file-added',
    says: 'The operator loaded a file more than the manifest has.',
    edits: { answer: (s) => void s.execution.model.files.push({ path: 'adapter.bin', sha256: sha(3) }) },
    fails: { 'model.unmodified': 'FILES_MISMATCH' },
  },
  {
    name: 'file-left-out',
    says: 'The operator left out a file of the manifest.',
    edits: { answer: (s) => void s.execution.model.files.pop() },
    fails: { 'model.unmodified': 'FILES_MISMATCH' },
  },
  {
    name: 'file-twice',
    says: 'The record names one file twice, in place of another.',
    edits: {
      answer: (s) => {
        s.execution.model.files[1] = s.execution.model.files[0]!
      },
    },
    fails: { 'model.unmodified': 'FILES_MISMATCH' },
  },
  {
    name: 'files-swapped',
    says: 'The right files under each other’s names.',
    edits: {
      answer: ({ execution: { model } }) => {
        ;[model.files[0]!.sha256, model.files[1]!.sha256] = [model.files[1]!.sha256, model.files[0]!.sha256]
      },
    },
    fails: { 'model.unmodified': 'FILES_MISMATCH' },
  },
  {
    name: 'record-of-another-model',
    says: 'The execution record is about another model than the receipt.',
    edits: {
      answer: (s) => {
        s.execution.model.modelId = sha(4)
      },
    },
    fails: { 'model.unmodified': 'EXECUTION_MODEL_MISMATCH' },
  },
]
