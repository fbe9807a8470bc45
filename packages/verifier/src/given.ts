import type { Policy, Trust } from '@opengradient/protocol'
import * as t from '@opengradient/protocol/take'

const anything = t.optional(t.anything)

/** What a caller asks for has to be something: an expectation that is misspelt is none. A check that this version does not know stays: it never passes. */
const ARGUMENTS = [
  [
    'policy',
    t.members({
      require: t.list(t.anything),
      level: t.oneOf('signature', 'tee', 'zk', 'development'),
      attestation: t.optional(t.members({})),
      expect: t.optional(t.options({ requestId: anything, requestHash: anything, modelId: anything, node: anything, maxPrice: anything })),
    }),
  ],
  ['trust', t.members({ anchors: t.list(t.anything) })],
  ['now', t.when('whole unix seconds, such as Math.floor(Date.now() / 1000)', Number.isSafeInteger)],
] as const

/** @throws OgError `CONFIG_INVALID`, naming what is wrong */
export function requireArguments(policy: Policy, trust: Trust, now: number): void {
  t.takeAll(ARGUMENTS, [policy, trust, now])
}
