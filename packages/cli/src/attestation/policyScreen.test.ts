import { DEFAULT_POLICY } from '@opengradient/attestation'
import { expect, it } from 'vitest'
import { styleOf } from '../render/style.ts'
import { policyLines } from './policyScreen.ts'

const NITRO = { platform: 'nitro', values: { pcr0: '0xaa' }, notAfter: 4_102_444_800, build: 'https://example.org/1' } as const
const shown = (...measurements: object[]): string[] =>
  policyLines({ number: 1, policy: { ...DEFAULT_POLICY, measurements: measurements as never }, developmentRoots: 0 }, styleOf(false))

it('an entry is shown with the engines that its code may say it runs, if it names any', () => {
  const digests = [`0x${'0b'.repeat(32)}`, `0x${'0c'.repeat(32)}`]
  const lines = shown({ ...NITRO, runtimes: digests }, { ...NITRO, runtimes: [] }, NITRO).slice(-8)
  const first = 'nitro until 2100-01-01, built as https://example.org/1'
  expect(lines).toEqual([first, '  pcr0 0xaa', `  runs ${digests.join(', ')}`, first, '  pcr0 0xaa', '  runs none', first, '  pcr0 0xaa'])
})
