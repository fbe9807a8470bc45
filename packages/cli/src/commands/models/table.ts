import type { CommandSpec } from '../command.ts'
import { PASSWORD } from '../options.ts'

/** `og models`. */
export const MODELS: CommandSpec = {
  usage: 'models',
  says: 'find, read, fetch and publish models',
  children: [
    { usage: 'search [text]', says: 'published models whose name or task holds the text', load: () => import('./search.ts') },
    { usage: 'show <model>', says: 'versions, inputs, outputs, price, who serves it', load: () => import('./show.ts') },
    {
      usage: 'pull <model> [folder]',
      says: 'fetch the files of a model, each checked by hash; resumes',
      load: () => import('./pull.ts'),
    },
    {
      usage: 'publish <file>',
      says: 'check an ONNX file, upload it, publish it on chain',
      options: [
        ['--name <owner/name>', 'its name'],
        ['--royalty <percent>', 'your share of what a request costs (default 0%)'],
        ['--min-royalty <opg>', 'least royalty a request (default 0)'],
        ['--parent <model>', 'the published model that it derives from'],
        ['--parent-share <percent>', "the parent's share of the royalty", '0%'],
        ['--card <file>', 'Markdown card'],
        ['--description <file>', 'JSON with task, licence, class, tolerance, docs of inputs and outputs, golden outputs'],
        ['--task <task>', 'such as tabular-regression'],
        ['--licence <spdx>', 'SPDX identifier'],
        ['--zk', 'also its integer model, so that answers can be proved (succinct, not zero-knowledge)'],
        ['--commit-weights', 'with --zk: publish a commitment to the weights instead of them: integrity, not confidentiality'],
        ['--calibration <file>', 'with --zk: JSON with sample inputs like those in use (default: golden examples and made-up ones)'],
        ['--max-rms <share>', 'with --zk: largest relative RMS error that is accepted (default 0.01)'],
        PASSWORD,
      ],
      examples: [
        'models publish ./model.onnx --name alice/volatility --royalty 5% --min-royalty 0.0001',
        'models publish ./model.onnx --name alice/volatility --zk --calibration samples.json',
      ],
      load: () => import('./publish.ts'),
    },
    {
      usage: 'unlist <model> <node>',
      says: "take a node that was slashed, has left or announced it out of a model's list; anybody may, for its gas",
      options: [PASSWORD],
      examples: ['models unlist alice/volatility 0x70997970c51812dc3a010c7d01b50e0d17dc79c8'],
      load: () => import('./unlist.ts'),
    },
  ],
}
