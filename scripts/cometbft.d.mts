/** The version of CometBFT that this node pins. */
export const COMETBFT_VERSION: string
export function cometbftPath(version?: string): string
export function buildCometbft(version?: string): string
