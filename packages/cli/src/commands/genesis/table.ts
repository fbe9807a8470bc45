import { DEFAULT_MIN_BASE_FEE } from '../../genesis/minBaseFee.ts'
import type { CommandSpec } from '../command.ts'
import { PASSWORD } from '../options.ts'

/** `og genesis`. */
export const GENESIS: CommandSpec = {
  usage: 'genesis',
  says: 'found a network of validators on different machines',
  children: [
    {
      usage: 'entry',
      says: 'as a validator to be: write the signed file that the coordinator collects; makes the keys of this home',
      options: [
        ['--chain-id <n>', 'chain that is being founded'],
        ['--external <host:port>', 'where peers will reach this node'],
        ['--bond <opg>', 'own bond', '10000'],
        ['--commission <percent>', 'part of the rewards of those who delegate', '5%'],
        ['--moniker <name>', 'name of the node for people (default: the account)'],
        ['--out <file>', 'where to write it (default: NAME.entry.json)'],
        PASSWORD,
      ],
      examples: ['genesis entry --chain-id 10740 --external validator.example.org:26656 --password-file ./secret'],
      load: () => import('./entry.ts'),
    },
    {
      usage: 'make <folder>',
      says: 'as the coordinator: check the entries in a folder and make the file that everybody joins with',
      options: [
        ['--chain-id <n>', 'chain that is being founded'],
        ['--name <name>', 'name of the network'],
        ['--time <utc>', 'when it begins, 2027-01-31T12:00:00Z (default: now)'],
        [
          '--min-base-fee <gwei>',
          'the base fee of a gas never falls below this: what filling blocks costs at least',
          String(Number(DEFAULT_MIN_BASE_FEE) / 1e9),
        ],
        ['--most-bond <opg>', 'refuse entries that bond more', '10000'],
        ['--pocket <opg>', "for each validator's account besides its bond", '100'],
        ['--give <amounts>', 'address=opg by comma: other accounts that begin with money'],
        ['--beneficiaries <addresses>', 'seven by comma: whom the schedules of Vesting pay (default: treasury and Rewards)'],
        ['--out <file>', 'where to write it (default: NAME.join.json)'],
      ],
      examples: ['genesis make ./entries --chain-id 10740 --name opengradient --time 2027-01-31T12:00:00Z'],
      load: () => import('./make.ts'),
    },
  ],
}
