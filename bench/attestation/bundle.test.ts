import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { bundleSize } from './bundle.ts'

test('what a page loads to verify evidence is less than 60 kB', async () => {
  expect(await bundleSize(fileURLToPath(new URL('../../', import.meta.url)))).toBeLessThan(60)
})
