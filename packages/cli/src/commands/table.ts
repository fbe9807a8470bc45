import { ACCOUNT } from './account/table.ts'
import { ATTESTATION } from './attestation/table.ts'
import type { CommandSpec } from './command.ts'
import { GENESIS } from './genesis/table.ts'
import { MODELS } from './models/table.ts'
import { NODE } from './node/table.ts'
import { PASSWORD } from './options.ts'
import { STAKE } from './stake/table.ts'
import { TESTNET } from './testnet/table.ts'
import { ZK } from './zk/table.ts'

/** Every command of `og`; those with commands of their own have their table in their folder. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'up',
    says: 'start the local network: chain, store, inference node, verify page; stays up until Ctrl-C',
    options: [
      ['--port-base <n>', 'first port (web); inference +10, store +20, RPC +145'],
      ['--detach', 'return once it is ready; stop it with `og down`'],
      ['--development', 'let clients of the RPC make blocks and move their time forward (evm_mine, evm_increaseTime)'],
      [
        '--tee <platform>',
        'what the node attests: dev (development evidence, level development; the default in a clone), or none (where og is installed)',
      ],
    ],
    examples: ['up', 'up --port-base 9400', 'up --detach --home /tmp/try'],
    load: () => import('./up.ts'),
  },
  { usage: 'down', says: 'stop the local network; nothing is lost', load: () => import('./down.ts') },
  { usage: 'status', says: 'is the network up, at which height, which services', load: () => import('./status.ts') },
  {
    usage: 'doctor',
    says: 'check Node, disk, ports, clock, native parts, data, RPC and engines; name the remedy of each',
    options: [['--fix', 'apply the remedies that are safe']],
    load: () => import('./doctor.ts'),
  },
  {
    usage: 'logs [service]',
    says: 'print the log of a service (chain, inference, store); with --json one JSON document a line, each with its service',
    options: [
      ['-f, --follow', 'keep printing what comes'],
      ['-n, --lines <n>', 'how many last lines', '100'],
    ],
    examples: ['logs inference -f', 'logs --json | jq -r .msg'],
    load: () => import('./logs.ts'),
  },
  { usage: 'reset', says: "remove the local network's data (asks; keys of real accounts stay)", load: () => import('./reset.ts') },
  {
    usage: 'faucet [address]',
    says: 'give an account play money (local network only)',
    options: [['--amount <opg>', 'how much OPG', '100']],
    load: () => import('./faucet.ts'),
  },
  ACCOUNT,
  { usage: 'balance [address]', says: 'OPG, WOPG and credits of an account', load: () => import('./balance.ts') },
  {
    usage: 'wrap <amount>',
    says: 'turn OPG into WOPG, which pays for requests (infer offers it by itself when short)',
    options: [['--unwrap', 'the other way'], PASSWORD],
    examples: ['wrap 5', 'wrap 2.5 --unwrap'],
    load: () => import('./wrap.ts'),
  },
  {
    usage: 'config [key] [value]',
    says: 'show the settings, or change one',
    examples: ['config', 'config maxPrice 0.05'],
    load: () => import('./config.ts'),
  },
  MODELS,
  {
    usage: 'infer <model>',
    says: 'quote, pay, run, verify; print the outputs and the verdict',
    options: [
      ['-i, --input <file>', 'JSON with the inputs ("-" reads standard input)'],
      ['--example', "use the golden input of the model's manifest"],
      ['--max-price <opg>', 'most this request may cost'],
      ['--level <level>', 'signature; zk: wait for a proof; tee: sealed to a verified enclave; development: the same without hardware'],
      ['--fresh', 'level tee: have the enclave answer a nonce of your own first'],
      ['--evidence-policy <file>', 'level tee: JSON with what its evidence must show, instead of what the network demands'],
      ['-o, --output <file>', 'also write the bundle'],
      ['--timeout <seconds>', 'give up after', '60'],
      PASSWORD,
    ],
    examples: [
      'infer opengradient/volatility --example',
      'infer alice/volatility --input inputs.json -o answer.json',
      'infer opengradient/credit-risk -i - --json < inputs.json',
      'infer alice/credit-risk --input x.json --level zk',
      'infer alice/volatility --input x.json --level tee',
    ],
    load: () => import('./infer.ts'),
  },
  {
    usage: 'recover <requestId>',
    says: 'ask again for an answer whose outcome is unknown; nothing is paid twice',
    options: [['-o, --output <file>', 'also write the bundle']],
    examples: ['recover last'],
    load: () => import('./recover.ts'),
  },
  {
    usage: 'challenge <requestId>',
    says: 'demand the proof of an answer of level zk on chain, also of one that never came; without one you may collect',
    options: [PASSWORD],
    examples: ['challenge last', 'challenge 0x5f3a'],
    load: () => import('./challenge.ts'),
  },
  {
    usage: 'collect <requestId>',
    says: 'take price, deposit and a penalty when a challenge was not answered in 21,600 blocks',
    options: [PASSWORD],
    examples: ['collect last'],
    load: () => import('./collect.ts'),
  },
  {
    usage: 'accept <requestId>',
    says: 'have the node paid at once for an answer of level zk (it is anyway, an hour after its settlement)',
    options: [PASSWORD],
    examples: ['accept last'],
    load: () => import('./accept.ts'),
  },
  {
    usage: 'report <file> [other]',
    says: 'have a node that signed twice for one payment lose its bond, 5 % of it to you',
    options: [PASSWORD],
    examples: ['report answer.json other.json', 'report twice.json', 'report answer.json'],
    load: () => import('./report.ts'),
  },
  {
    usage: 'receipts [requestId]',
    says: 'what you were answered, paid, and whether it is settled',
    options: [['--last <n>', 'how many, newest first; older ones of unknown outcome besides (default 20)']],
    examples: ['receipts', 'receipts --last 1000 --json'],
    load: () => import('./receipts.ts'),
  },
  {
    usage: 'bundle <requestId>',
    says: 'everything needed to check one answer, in one file',
    options: [
      ['-o, --output <file>', 'where to (default: <requestId>.json; "-" is standard output)'],
      ['--wait', 'wait until it is settled and anchored'],
    ],
    examples: ['bundle 0x5f… -o answer.json', 'bundle last -o - | og verify -'],
    load: () => import('./bundle.ts'),
  },
  {
    usage: 'verify <file>',
    says: 'check a bundle against the network file you trust; needs no network',
    options: [
      [
        '--policy <preset>',
        'answer, settled, archive, zk, tee or development (default: settled if the bundle has its place in a batch, else answer)',
      ],
      ['--evidence-policy <file>', 'JSON with what evidence of an enclave must show, instead of what the network demands'],
      ['--request-id <id>', 'the id your own request had'],
      ['--model <modelId>', 'the model you asked for'],
      ['--max-price <opg>', 'most you agreed to'],
    ],
    examples: ['verify answer.json', 'verify answer.json --policy answer --json', 'bundle last -o - | og verify -'],
    load: () => import('./verify.ts'),
  },
  ZK,
  ATTESTATION,
  NODE,
  STAKE,
  GENESIS,
  TESTNET,
  { usage: 'networks', says: 'network files this home knows', load: () => import('./networks.ts') },
  {
    usage: 'completion <shell>',
    says: 'completion script for bash, zsh or fish',
    examples: ['completion bash >> ~/.bashrc'],
    load: () => import('./completion.ts'),
  },
  { usage: 'version', says: 'version of og, Node and the platform tier', load: () => import('./version.ts') },
]
