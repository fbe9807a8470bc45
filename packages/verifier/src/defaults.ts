import type { Bundle, PresetName, Trust } from '@opengradient/protocol'

/**
 * The preset for a bundle when nobody names one, by what it claims to show: `settled` with a place in a batch, `answer` with
 * chain evidence alone, `archive` without. A bundle chooses so for itself: show which preset it was, and require what you need.
 */
export function presetFor({ chain, inclusion }: Bundle): PresetName {
  if (chain === undefined) return 'archive'
  return inclusion === undefined ? 'answer' : 'settled'
}

/**
 * The trust of somebody who knows no network: no block is accepted, so no level can be reached; hashes and the signature are
 * checked for the network that the bundle itself names.
 */
export function noTrust({ network }: Bundle): Trust {
  return { chainId: network.chainId, genesisHash: `0x${'0'.repeat(64)}`, anchors: [] }
}
