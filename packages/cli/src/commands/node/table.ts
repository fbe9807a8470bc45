import type { CommandSpec } from '../command.ts'
import { COMETBFT, JOIN, PASSWORD, TEE_AT } from '../options.ts'

/** `og node`. */
export const NODE: CommandSpec = {
  usage: 'node',
  says: 'run a node of your own',
  children: [
    {
      usage: 'start',
      says: 'start an inference node with this account as its operator, or a full node; stays up until Ctrl-C',
      options: [
        ['--role <role>', 'inference or full', 'inference'],
        ['--endpoint <url>', 'public URL under which clients reach it'],
        ['--port <n>', 'port it listens on', '8410'],
        ['--store <url>', 'store to fetch models from'],
        ['--bond <opg>', 'bond to register with', '10000'],
        ['--price <opg>', 'price of a request for models that this node has no price for yet; `og node price` changes one', '0.001'],
        ['--credit <opg>', 'what one payer may owe at most, between answers and settlements', '1'],
        ['--settle-first-above <opg>', 'payments above are settled before their answers are given out; 0: all (default: as --credit)'],
        ['--serve <models>', 'models to serve, by comma; "all" for every published one', 'all'],
        ['--no-zk', 'make no proofs: no model is offered at level zk'],
        ['--proof-deadline <seconds>', 'level zk: proofs that would take longer than this are refused', '600'],
        [
          '--proof-threads <number>',
          'level zk: threads that prove answers of large models, 1 to 16 (default: all cores but one, at most 4)',
        ],
        ['--tee <platform>', 'attest the enclave that this runs in: auto, nitro, tdx, snp, azure, tpm; dev: none, on local networks'],
        TEE_AT,
        ['--tee-gpu', 'attest the NVIDIA GPUs of this machine, too (development machines have none)'],
        [
          '--tee-certificates <files...>',
          'certificates of the key that signs the evidence, leaf first, where the machine holds none (SNP, TPM)',
        ],
        PASSWORD,
        ...JOIN,
        COMETBFT,
      ],
      examples: [
        'node start --role inference --tee auto',
        'node start --role full --home ~/.og --join https://rpc.example.org --genesis-hash 0x5f…',
        'node start --role full --join http://127.0.0.1:26612 --sync state --trust-height 120 --trust-hash 0xab…',
      ],
      load: () => import('./start.ts'),
    },
    {
      usage: 'init',
      says: 'make the home of a full node without starting it, for systemd or containers (see docs/operate.md)',
      options: JOIN,
      load: () => import('./init.ts'),
    },
    {
      usage: 'trust',
      says: 'the newest block of this full node, for a node that joins by state sync',
      load: () => import('./trust.ts'),
    },
    {
      usage: 'status [node]',
      says: 'bond, receipt key, endpoint, credits, batches; `og node price MODEL` says what it asks',
      load: () => import('./status.ts'),
    },
    {
      usage: 'stop',
      says: 'start unbonding (7 days, slashable until then), or take the bond out after it',
      options: [PASSWORD],
      load: () => import('./stop.ts'),
    },
    {
      usage: 'bond [opg]',
      says: 'show the bond, or add to it: a penalty may leave less than an active node needs',
      options: [PASSWORD],
      examples: ['node bond', 'node bond 2500'],
      load: () => import('./bond.ts'),
    },
    {
      usage: 'withdraw',
      says: 'pay out the credits that Settlement keeps for this account',
      options: [PASSWORD],
      load: () => import('./withdraw.ts'),
    },
    {
      usage: 'release [node]',
      says: 'end held payments of level zk whose time is over; a running node does it, one whose journal is lost needs this',
      options: [PASSWORD],
      load: () => import('./release.ts'),
    },
    {
      usage: 'price <model> [opg]',
      says: 'show or set the price of a request',
      options: [PASSWORD],
      load: () => import('./price.ts'),
    },
  ],
}
