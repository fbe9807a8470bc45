/** What geth calls the faults of the EVM, by what EthereumJS calls them. */
const WORDS: Readonly<Record<string, string>> = {
  revert: 'execution reverted',
  'invalid JUMP': 'invalid jump destination',
  'static state change': 'write protection',
  'create collision': 'contract address collision',
  'code store out of gas': 'contract creation code storage out of gas',
  'code size to deposit exceeds maximum code size': 'max code size exceeded',
  'initcode exceeds max initcode size': 'max initcode size exceeded',
  'value out of range': 'return data out of bounds',
  'insufficient balance': 'insufficient balance for transfer',
}

/** The fault in the words that tools know. */
export const faultOf = (error: string): string => WORDS[error] ?? error
