import type { CommandSpec } from '../command.ts'
import { COMETBFT } from '../options.ts'

/** `og testnet`. */
export const TESTNET: CommandSpec = {
  usage: 'testnet',
  says: 'a network of validators on this machine, each a node with its CometBFT',
  children: [
    {
      usage: 'init',
      says: 'make it: genesis, keys, accounts and settings of each validator',
      options: [
        ['--validators <n>', 'how many', '4'],
        ['--port-base <n>', 'ten ports for each validator from here on (default 26600: 26610, 26611, 26612, 26620, …)'],
        ['--chain-id <n>', 'chain id (default: drawn at random)'],
        ['--force', 'replace the testnet that is there (asks)'],
      ],
      examples: ['testnet init', 'testnet init --validators 7 --port-base 36600'],
      load: () => import('./init.ts'),
    },
    {
      usage: 'start',
      says: 'start all validators and show them; stays up until Ctrl-C, and restarts what dies',
      options: [COMETBFT, ['--detach', 'return once it makes blocks; stop it with `og testnet stop`']],
      load: () => import('./start.ts'),
    },
    {
      usage: 'status',
      says: 'which validators are up, at which block; what a node needs to join',
      load: () => import('./status.ts'),
    },
    { usage: 'stop', says: 'stop it; nothing is lost', load: () => import('./stop.ts') },
    { usage: 'reset', says: 'remove it, keys and chain (asks)', load: () => import('./reset.ts') },
  ],
}
