import { sha256Hex } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { codeOf, fp32 } from '../../engine/values.testkit.ts'
import { doubler } from '../../onnx/writer.testkit.ts'
import { ask, type Suite, specOf, x } from './suite.testkit.ts'

/** A model that is not what its manifest says answers nobody. */
export function checksOfScheduling({ make, makeEngine }: Suite): void {
  it('tests the model against its golden examples before it answers anybody', async () => {
    const scheduler = make()
    const wrong = [{ inputs: [x(2)], outputs: [fp32('y', [1, 1], [5])] }]
    const scheduled = scheduler.add(specOf(makeEngine(), doubler(1), { golden: wrong }))
    const error = await codeOf(ask(scheduled, [x(1)]))
    expect(error.code).toBe('ENGINE_GOLDEN_MISMATCH')
    expect(error.message).toContain('element 0 is 4, the manifest says 5')
    expect(scheduled.servable).toBe(false)
    expect(scheduled.stats).toMatchObject({ loads: 1, loadFailures: 1 })
    // The answer would be the same: no second process is started for it now.
    expect((await codeOf(ask(scheduled, [x(1)]))).code).toBe('ENGINE_GOLDEN_MISMATCH')
    expect(scheduled.stats.loads).toBe(1)
  })

  it('refuses a manifest that does not fit its file', async () => {
    const scheduler = make()
    const spec = specOf(makeEngine(), doubler(1))
    const scheduled = scheduler.add({ ...spec, outputs: [{ name: 'z', datatype: 'FP32', shape: ['N', 1] }] })
    const error = await codeOf(scheduled.warm())
    expect(error.code).toBe('MODEL_INVALID')
    expect(error.message).toContain('outputs "z"')
  })

  it('refuses a file that is not the one the manifest names', async () => {
    const scheduler = make()
    const scheduled = scheduler.add({
      ...specOf(makeEngine(), doubler(1)),
      open: async () => ({ bytes: doubler(2), sha256: sha256Hex(doubler(1)) }),
    })
    expect((await codeOf(scheduled.warm())).code).toBe('STORE_HASH_MISMATCH')
  })
}
