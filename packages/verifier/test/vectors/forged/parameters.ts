import { both } from '../scene.ts'
import type { Story } from '../story.ts'
import { asking, binary } from '../valid.ts'
import { sha } from './lies.ts'

/** Lies about parameters. */
export const parameters: readonly Story[] = [
  {
    name: 'parameter-dropped',
    says: 'The operator dropped a parameter and says so.',
    edits: { answer: (s) => void s.execution.dropped.push('seed') },
    fails: { 'parameters.honoured': 'PARAMETERS_DROPPED' },
  },
  {
    name: 'parameter-dropped-silently',
    says: 'The operator does not say what it made of a parameter.',
    edits: { answer: (s) => void delete s.execution.parameters.seed },
    fails: { 'parameters.honoured': 'PARAMETERS_DROPPED' },
  },
  {
    name: 'parameter-of-every-object',
    says: 'The request has a parameter named like a member that every object has; the record does not name it.',
    edits: asking({ parameters: { toString: 1 } }),
    fails: { 'parameters.honoured': 'PARAMETERS_DROPPED' },
  },
  {
    name: 'prompt-added',
    says: 'The operator added a system prompt and says so.',
    edits: { answer: (s) => void s.execution.added.push('system prompt') },
    fails: { 'parameters.honoured': 'PARAMETERS_ADDED' },
  },
  {
    name: 'parameter-changed',
    says: 'The operator used another seed.',
    edits: {
      answer: (s) => {
        s.execution.parameters.seed = 8
      },
    },
    fails: { 'parameters.honoured': 'PARAMETERS_CHANGED' },
  },
  {
    name: 'parameter-type-changed',
    says: 'The operator used the text "7" where the request has the number.',
    edits: {
      answer: (s) => {
        s.execution.parameters.seed = '7'
      },
    },
    fails: { 'parameters.honoured': 'PARAMETERS_CHANGED' },
  },
  {
    name: 'parameter-flipped',
    says: 'The operator used false where the request has true.',
    edits: {
      answer: (s) => {
        s.execution.parameters.precise = false
      },
    },
    fails: { 'parameters.honoured': 'PARAMETERS_CHANGED' },
  },
  {
    name: 'long-parameter-changed',
    says: 'The hash of a long parameter is that of another text.',
    edits: both(asking({ parameters: { long: 'x'.repeat(257) } }), {
      answer: (s) => {
        s.execution.parameters = { long: sha(7) }
      },
    }),
    fails: { 'parameters.honoured': 'PARAMETERS_CHANGED' },
  },
  {
    name: 'binary-parameter-changed',
    says: 'With binary tensors: the operator used another seed.',
    edits: both(binary, {
      answer: (s) => {
        s.execution.parameters = { seed: 8 }
      },
    }),
    fails: { 'parameters.honoured': 'PARAMETERS_CHANGED' },
  },
]
