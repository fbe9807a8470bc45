import type { CommandSpec } from '../command.ts'

/** `og account`. */
export const ACCOUNT: CommandSpec = {
  usage: 'account',
  says: 'accounts that sign and pay',
  children: [
    {
      usage: 'new <name>',
      says: 'make an encrypted account',
      options: [['--password-file <file>', 'read the password from a file instead of asking']],
      examples: ['account new alice', 'account new ci --password-file ./secret'],
      load: () => import('./new.ts'),
    },
    { usage: 'list', says: 'names and addresses', load: () => import('./list.ts') },
    {
      usage: 'import <name> <file>',
      says: 'take over a version 3 keystore, or a file with a private key in hex ("-" reads standard input)',
      options: [['--password-file <file>', 'password of the keystore, and of the new file']],
      load: () => import('./import.ts'),
    },
    {
      usage: 'export <name> <file>',
      says: 'write the encrypted keystore of an account to a file',
      load: () => import('./export.ts'),
    },
    { usage: 'use <name>', says: 'pay with this account from now on', load: () => import('./use.ts') },
  ],
}
