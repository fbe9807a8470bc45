import { utf8 } from '@opengradient/protocol'
import type { Story } from '../story.ts'
import { all, changed, judge, text } from './lies.ts'

/** The checks that read the execution record. */
const READERS = ['model.unmodified', 'response.unaltered', 'parameters.honoured', 'payment.price'] as const

/** Lies about the execution record. */
export const record: readonly Story[] = [
  {
    name: 'record-altered',
    says: 'The execution record was altered after it was signed.',
    edits: judge((s) => {
      s.bundle.execution = changed(s.bundle.execution, 9)
    }),
    fails: all('EXECUTION_HASH_MISMATCH', ...READERS),
  },
  {
    name: 'record-unknown-key',
    says: 'The execution record is the signed one, but has a key that this version does not know.',
    edits: {
      record: (s) => {
        s.executionBytes = utf8(text(s.executionBytes).replace('{', '{"note":"trust me",'))
      },
    },
    fails: all('EXECUTION_MALFORMED', ...READERS),
  },
  {
    name: 'record-not-json',
    says: 'The execution record is the signed one, but not JSON.',
    edits: {
      record: (s) => {
        s.executionBytes = s.executionBytes.subarray(1)
      },
    },
    fails: all('EXECUTION_MALFORMED', ...READERS),
  },
]
