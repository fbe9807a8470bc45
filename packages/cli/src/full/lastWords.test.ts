import { expect, test } from 'vitest'
import { lastWords } from './lastWords.ts'

const BEGIN_AGAIN = '“Begin again with a new database” in docs/operate.md says what to do'

// As CometBFT v0.39.3 wrote them, on databases whose last bytes were cut off, or which were removed.
test.each([
  [
    'ERROR: failed to create node: error during handshake: error on replay: app block height (2813) is higher than core (2812)\n',
    `app block height (2813) is higher than core (2812): its data and the database of the node are not of one time; ${BEGIN_AGAIN}`,
  ],
  [
    'panic: StoreBlockHeight (2813) > StateBlockHeight + 1 (2812)\n\ngoroutine 1 [running]:\ngithub.com/cometbft/cometbft/consensus.(*Handshaker)\n',
    `StoreBlockHeight (2813) > StateBlockHeight + 1 (2812): parts of its data are missing; ${BEGIN_AGAIN}`,
  ],
  [
    'panic: state.AppHash does not match AppHash after replay. Got\n\t633214C5, expected AB\n\ngoroutine 1 [running]:\n',
    `state.AppHash does not match AppHash after replay. Got: it has lost its data, and the node has not; ${BEGIN_AGAIN}`,
  ],
  ["panic: leveldb: manifest corrupted (field 'comparer'): missing [file=000004.ldb]\n", `its data is damaged; ${BEGIN_AGAIN}`],
])('data with which CometBFT never starts is named, with what to do: %j', (said, told) => {
  expect(lastWords(`I[2026-11-23|03:08:10.000] Starting\n${said}`)).toContain(told)
})

test('other faults are told in its own words, the last of them, on one line that ends', () => {
  expect(lastWords('ERROR: the first\nI[…] more\nERROR: listen tcp 127.0.0.1:1: \u001b[2Jbind: permission denied\n')).toBe(
    'listen tcp 127.0.0.1:1: [2Jbind: permission denied',
  )
  expect(lastWords(`panic: ${'long '.repeat(1_000)}\n`)).toHaveLength(201)
})

test('who said nothing is not spoken for', () => {
  expect(lastWords('')).toBeUndefined()
  expect(lastWords('I[2026-11-23] committed state\nE[2026-11-23] Stopping peer for error err=EOF\n')).toBeUndefined()
})
