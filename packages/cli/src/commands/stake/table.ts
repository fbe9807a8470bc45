import type { CommandSpec } from '../command.ts'
import { PASSWORD } from '../options.ts'

/** `og stake`. */
export const STAKE: CommandSpec = {
  usage: 'stake',
  says: 'bond OPG to validators, or be one',
  children: [
    {
      usage: 'list',
      says: 'validators with votes, commission, state; your stake and rewards in each',
      load: () => import('./list.ts'),
    },
    {
      usage: 'show [account]',
      says: 'where its stake is, what it earned, what is on its way out',
      load: () => import('./show.ts'),
    },
    {
      usage: 'delegate <validator> <amount>',
      says: 'bond OPG to a validator; 21 days to get it back',
      options: [PASSWORD],
      examples: ['stake delegate 0x51… 1000'],
      load: () => import('./delegate.ts'),
    },
    {
      usage: 'undelegate <validator> <amount>',
      says: 'take OPG away from a validator ("all" for everything); free in 21 days',
      options: [PASSWORD],
      load: () => import('./undelegate.ts'),
    },
    {
      usage: 'redelegate <from> <to> <amount>',
      says: 'move OPG from one validator to another at once',
      options: [PASSWORD],
      load: () => import('./redelegate.ts'),
    },
    {
      usage: 'withdraw',
      says: 'pay out what has been leaving for 21 days',
      options: [PASSWORD],
      load: () => import('./withdraw.ts'),
    },
    {
      usage: 'claim [validator]',
      says: 'pay out rewards, and your commission if you are a validator',
      options: [PASSWORD],
      load: () => import('./claim.ts'),
    },
    {
      usage: 'register',
      says: 'make this account a validator that signs with the key of this home',
      options: [
        ['--bond <opg>', 'its own bond', '10000'],
        ['--commission <percent>', 'part of each reward that it keeps', '5%'],
        ['--key <key>', "public key in hex, or a priv_validator_key.json (default: this home's)"],
        PASSWORD,
      ],
      examples: ['stake register --bond 20000 --commission 4% --password-file ./secret'],
      load: () => import('./register.ts'),
    },
    { usage: 'unjail', says: 'bring your validator back after its jail', options: [PASSWORD], load: () => import('./unjail.ts') },
    {
      usage: 'rotate-key <key>',
      says: 'let your validator sign with another consensus key (public key in hex, or a key file)',
      options: [PASSWORD],
      load: () => import('./rotateKey.ts'),
    },
    {
      usage: 'commission <percent>',
      says: 'change what your validator keeps; one point a day at most',
      options: [PASSWORD],
      load: () => import('./commission.ts'),
    },
  ],
}
