import type { CommandSpec } from '../command.ts'

/** `og zk`. */
export const ZK: CommandSpec = {
  usage: 'zk',
  says: 'integer models and their proofs (succinct, not zero-knowledge): compile, prove, verify; needs no network',
  children: [
    {
      usage: 'compile <file>',
      says: 'make the integer model of an ONNX file; show how far it is from the file, and what a proof costs',
      options: [
        ['-o, --output <file>', 'where to (default: the name of the model with .zkir)'],
        ['--calibration <file>', 'JSON with sample inputs like those in use (default: made up)'],
        ['--commit-weights', 'commit to the weights instead of publishing them: integrity, not confidentiality'],
        ['--max-rms <share>', 'largest relative RMS error that is accepted (default 0.01)'],
        ['--report', 'also sizes: nodes, constraints, lookups, cells; of a model that is refused, every node and why'],
      ],
      examples: [
        'zk compile model.onnx -o model.zkir --report',
        'zk compile model.onnx --calibration samples.json --json',
        'zk compile model.onnx -o model.zkir --commit-weights',
      ],
      load: () => import('./compile.ts'),
    },
    {
      usage: 'prove <file>',
      says: 'run an integer model on an input and prove its answer',
      options: [
        ['-i, --input <file>', 'JSON with the inputs ("-" reads standard input)'],
        ['-o, --output <file>', 'where the proof goes (default: proof.bin)'],
        ['--context <text|hex>', 'what the proof is for, at most 256 bytes; the verifier sees it'],
        ['--threads <number>', 'threads that prove, if the model is large: 1 to 16 (default: all cores but one, at most 4); same bytes'],
      ],
      examples: ['zk prove model.zkir --input x.json -o p.bin', 'zk prove model.zkir -i - --context "order 17" < x.json'],
      load: () => import('./prove.ts'),
    },
    {
      usage: 'verify <file>',
      says: 'check a proof against the model that you trust',
      options: [
        ['--model-id <id>', 'the integer model that you trust (zk.commitment of a manifest)'],
        ['--model <file>', 'or its .zkir file, which also has the names of the outputs'],
      ],
      examples: ['zk verify p.bin --model model.zkir', 'zk verify p.bin --model-id 0x5f… --json'],
      load: () => import('./verify.ts'),
    },
  ],
}
