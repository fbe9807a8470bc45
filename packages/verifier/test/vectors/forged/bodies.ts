import { utf8 } from '@opengradient/protocol'
import { both } from '../scene.ts'
import type { Story } from '../story.ts'
import { asking, binary } from '../valid.ts'
import { all, changed, judge, sha, text } from './lies.ts'

/** Lies about request and response. */
export const bodies: readonly Story[] = [
  {
    name: 'request-byte-altered',
    says: 'One byte of the request body is another.',
    edits: judge((s) => {
      s.bundle.request!.body = changed(s.bundle.request!.body, 70)
    }),
    fails: { 'request.bound': 'REQUEST_HASH_MISMATCH', 'parameters.honoured': 'ABSENT' },
  },
  {
    name: 'request-method-altered',
    says: 'The request is shown with another method.',
    edits: judge((s) => {
      s.bundle.request!.method = 'PUT'
    }),
    fails: { 'request.bound': 'REQUEST_HASH_MISMATCH', 'parameters.honoured': 'ABSENT' },
  },
  {
    name: 'request-path-altered',
    says: 'The request is shown as one to another path.',
    edits: judge((s) => {
      s.bundle.request!.path += '?precise=0'
    }),
    fails: { 'request.bound': 'REQUEST_HASH_MISMATCH', 'parameters.honoured': 'ABSENT' },
  },
  {
    name: 'request-type-altered',
    says: 'The request is shown with another content type.',
    edits: judge((s) => {
      s.bundle.request!.contentType = 'text/plain'
    }),
    fails: { 'request.bound': 'REQUEST_HASH_MISMATCH', 'parameters.honoured': 'ABSENT' },
  },
  {
    name: 'request-border-moved',
    says: 'The border between JSON and binary tensors is moved by one byte.',
    edits: both(
      binary,
      judge((s) => {
        s.bundle.request!.headerLength! -= 1
      }),
    ),
    fails: { 'request.bound': 'REQUEST_HASH_MISMATCH', 'parameters.honoured': 'ABSENT' },
  },
  {
    name: 'request-border-removed',
    says: 'Binary tensors are shown without the length of their JSON.',
    edits: both(
      binary,
      judge((s) => void delete s.bundle.request!.headerLength),
    ),
    fails: { 'request.bound': 'REQUEST_HASH_MISMATCH', 'parameters.honoured': 'ABSENT' },
  },
  {
    name: 'request-not-expected',
    says: 'The caller sent another request than the receipt names.',
    edits: judge((s) => {
      s.policy = { ...s.policy, expect: { requestHash: sha(5) } }
    }),
    fails: { 'request.bound': 'REQUEST_UNEXPECTED' },
  },
  {
    name: 'receipt-replayed',
    says: 'An older answer to the same question is given again.',
    edits: judge((s) => {
      s.policy = { ...s.policy, expect: { requestId: sha(6) } }
    }),
    fails: { 'request.fresh': 'REQUEST_NOT_FRESH' },
  },
  {
    name: 'request-withheld',
    says: 'The request is withheld although the policy requires it.',
    edits: judge((s) => void delete s.bundle.request),
    fails: all('ABSENT', 'request.bound', 'parameters.honoured'),
  },
  {
    name: 'request-key-twice',
    says: 'The signed request has parameters twice: the node read one, this reader might read the other.',
    edits: {
      call: (s) => {
        s.request.body = utf8(text(s.request.body).replace('"parameters"', '"parameters":{"seed":8},"parameters"'))
      },
    },
    fails: { 'parameters.honoured': 'INPUT_MALFORMED' },
  },
  {
    name: 'request-border-beyond-the-end',
    says: 'The signed length of the JSON is beyond the end of the body.',
    edits: both(binary, {
      call: (s) => {
        s.request.headerLength = s.request.body.length + 1
      },
    }),
    fails: { 'parameters.honoured': 'INPUT_MALFORMED' },
  },
  {
    name: 'request-border-beyond-the-json',
    says: 'The signed length of the JSON is one byte more than there is.',
    edits: {
      call: (s) => {
        s.request.headerLength = s.request.body.length + 1
      },
    },
    fails: { 'parameters.honoured': 'INPUT_MALFORMED' },
  },
  {
    name: 'request-a-text',
    says: 'The signed request is a text.',
    edits: asking('seed 7'),
    fails: { 'parameters.honoured': 'INPUT_MALFORMED' },
  },
  {
    name: 'parameters-null',
    says: 'The parameters of the signed request are null.',
    edits: asking({ parameters: null }),
    fails: { 'parameters.honoured': 'INPUT_MALFORMED' },
  },
  {
    name: 'request-not-an-object',
    says: 'The signed request is a list.',
    edits: asking([]),
    fails: { 'parameters.honoured': 'INPUT_MALFORMED' },
  },
  {
    name: 'parameters-not-an-object',
    says: 'The parameters of the signed request are a list.',
    edits: asking({ parameters: ['seed'] }),
    fails: { 'parameters.honoured': 'INPUT_MALFORMED' },
  },
  {
    name: 'response-byte-altered',
    says: 'One digit of the answer is another.',
    edits: judge((s) => {
      s.bundle.response!.body = utf8(text(s.bundle.response!.body).replace('14.25', '14.26'))
    }),
    fails: { 'response.unaltered': 'RESPONSE_HASH_MISMATCH' },
  },
  {
    name: 'response-truncated',
    says: 'The end of the answer is missing.',
    edits: judge((s) => {
      s.bundle.response!.body = s.bundle.response!.body.slice(0, -9)
    }),
    fails: { 'response.unaltered': 'RESPONSE_HASH_MISMATCH' },
  },
  {
    name: 'response-type-altered',
    says: 'The right bytes are shown as another content type.',
    edits: judge((s) => {
      s.bundle.response!.contentType = 'text/html'
    }),
    fails: { 'response.unaltered': 'RESPONSE_TYPE_MISMATCH' },
  },
  {
    name: 'response-withheld',
    says: 'The response is withheld although the policy requires it.',
    edits: judge((s) => void delete s.bundle.response),
    fails: all('ABSENT', 'response.unaltered'),
  },
]
