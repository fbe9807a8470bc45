import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bytesToHex, hexToBytes, OgError } from '@opengradient/protocol'
import { VALIDATOR_KEY, VOTE_RECORD } from './home.ts'
import type { EngineBlock } from './proposal.ts'

/** Bytes of each of the two files at most; CometBFT writes a thousand at most. */
const MAX_FILE_BYTES = 64 * 1024

/** Looks at the votes for the block before that `block` holds. */
export type OwnVotes = (block: Pick<EngineBlock, 'height' | 'votes'>) => void

/**
 * Whether every vote of the consensus key in a CometBFT's home is on that home's record. CometBFT writes each vote down before anybody sees it,
 * so one in a block that the record does not reach was signed elsewhere: by another machine with the key, or by this one before its record
 * was replaced with that of a backup. To go on could sign a height twice. Blocks are looked at while the node catches up, before it votes.
 * A home without the two files has no opinion: its key is elsewhere. Throws `CONSENSUS_VOTE_UNRECORDED`.
 */
export function ownVotes(home: string): OwnVotes {
  const record = join(home, 'data', VOTE_RECORD)
  return ({ height, votes }) => {
    const key = read(join(home, 'config', VALIDATOR_KEY), ({ address }) => hexToBytes(`0x${String(address).toLowerCase()}`, 20, 'address'))
    if (key === undefined) return
    const own = votes.find(({ validator }) => Buffer.compare(validator.address, key) === 0)
    if (own === undefined || own.blockIdFlag === 'absent') return
    const recorded = read(record, (file) => BigInt(String(file.height)))
    const signed = height - 1n
    if (recorded === undefined || recorded >= signed) return
    throw new OgError(
      'CONSENSUS_VOTE_UNRECORDED',
      `The consensus key ${bytesToHex(key)} has signed block ${signed}, and its record ${record} ends at ${recorded}: another machine runs this key, or the record is that of a backup. Stop the other one; for the rest see "A record that is too old" in docs/operate.md.`,
      { details: { signed: String(signed), recorded: String(recorded) } },
    )
  }
}

/** What a file of CometBFT says; undefined when there is none. Throws `CONFIG_INVALID`, without repeating what is in it. */
function read<T>(file: string, pick: (value: Record<string, unknown>) => T): T | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    if (bytes.length <= MAX_FILE_BYTES) return pick(JSON.parse(bytes.toString()) as Record<string, unknown>)
  } catch {
    // Its message could repeat the key.
  }
  throw new OgError('CONFIG_INVALID', `${file} is not as CometBFT writes it. Restore it; see "Keys" in docs/operate.md.`)
}
