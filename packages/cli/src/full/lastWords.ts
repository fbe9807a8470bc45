/** What CometBFT (v0.39.3) says of data with which it can never start, and what is so. */
const HOPELESS: readonly (readonly [says: RegExp, meaning: string])[] = [
  [
    /app block height \(\d+\) is (?:higher|lower) than|app block height \(\d+\) is too/,
    'its data and the database of the node are not of one time',
  ],
  [/state\.AppHash does not match AppHash after replay/, 'it has lost its data, and the node has not'],
  [/StoreBlockHeight \(\d+\) [<>]/, 'parts of its data are missing'],
  [/\bcorrupt(?:ed|ion)\b|missing files|checksum mismatch/i, 'its data is damaged'],
]
const REMEDY = '“Begin again with a new database” in docs/operate.md says what to do'
/** Characters of its own words that are repeated. */
const MOST = 200

/** Why CometBFT ended, from the end of what it wrote, with what to do where that is known; undefined when it did not say. */
export function lastWords(said: string): string | undefined {
  const fault = said
    .split('\n')
    .map((line) => /^(?:ERROR|panic): (.*)/.exec(line)?.[1])
    .findLast((line) => line !== undefined)
  if (fault === undefined) return undefined
  // What it repeats may come from peers or from its files.
  const words = fault.replace(/[^\x20-\x7e]/g, '').trim()
  const shown = words.length > MOST ? `${words.slice(0, MOST)}…` : words
  const meaning = HOPELESS.find(([says]) => says.test(said))?.[1]
  return meaning === undefined ? shown : `${shown}: ${meaning}; ${REMEDY}`
}
