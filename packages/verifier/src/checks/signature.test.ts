import { expect, it } from 'vitest'
import type { Context } from '../context.ts'
import { signature } from './signature.ts'

/** What the check asks first: the level that the receipt claims, and whether the model can be proved. */
const claiming = (level: number) => ({ bundle: {}, receipt: () => ({ level }), manifest: () => ({ zk: {} }) }) as unknown as Context

it.each([1, 129, 3])('a receipt of level %i is not for this check, also where the model can be proved', (level) => {
  expect(signature(claiming(level))).toMatchObject({ status: 'fail', code: 'LEVEL_UNSUPPORTED' })
})
