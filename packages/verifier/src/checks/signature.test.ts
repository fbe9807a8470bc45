import type { Policy } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import type { Context } from '../context.ts'
import { signature } from './signature.ts'

/** What the check asks first: the level that the receipt claims, whether the model can be proved, and which level the policy asks for. */
const claiming = (level: number, asked: Policy['level'] = 'signature') =>
  ({ bundle: {}, receipt: () => ({ level }), manifest: () => ({ zk: {} }), policy: { level: asked } }) as unknown as Context

it.each([3, 128, 255])('a receipt of level %i is not for this check, also where the model can be proved', (level) => {
  expect(signature(claiming(level))).toMatchObject({ status: 'fail', code: 'LEVEL_UNSUPPORTED' })
})

it.each(['signature', 'tee', 'zk'] as const)('a receipt of level development does not count for a policy of level %s', (asked) => {
  expect(signature(claiming(129, asked))).toMatchObject({ status: 'fail', code: 'LEVEL_DEVELOPMENT' })
})
