import { describe, expect, it } from 'vitest'
import { CHECK_IDS, presets, TEE_CHECK_IDS, ZK_CHECK_IDS } from './verdict.ts'

const ALL = [...CHECK_IDS, ...TEE_CHECK_IDS, ...ZK_CHECK_IDS]

describe('presets', () => {
  it('require what the design says, at call time', () => {
    expect([...presets.answer.require].sort()).toEqual(
      [
        'model.identity',
        'request.bound',
        'response.unaltered',
        'parameters.honoured',
        'payment.price',
        'operator.registered',
        'operator.bonded',
        'signature',
      ].sort(),
    )
  })

  it('add settlement, inclusion and finality once it is on chain', () => {
    const added = presets.settled.require.filter((id) => !presets.answer.require.includes(id))
    expect(added).toEqual(['payment.settled', 'inclusion', 'finality'])
    expect(presets.answer.require.every((id) => presets.settled.require.includes(id))).toBe(true)
  })

  it('need no chain for an archive', () => {
    for (const id of presets.archive.require) expect(id).not.toMatch(/^(?:operator|payment|inclusion|finality)/)
    expect(presets.archive.require).toContain('signature')
  })

  it('ask for a proof at level zk, and for everything about it', () => {
    const added = presets.zk.require.filter((id) => !presets.answer.require.includes(id))
    expect(added).toEqual([...ZK_CHECK_IDS])
    expect(presets.answer.require.every((id) => presets.zk.require.includes(id))).toBe(true)
  })

  it('ask for everything about the enclave at levels tee and development, which differ in the level alone', () => {
    expect(presets.tee.require).toEqual([...presets.answer.require, ...TEE_CHECK_IDS])
    expect(presets.development.require).toEqual(presets.tee.require)
  })

  it('name checks that exist, each once, at level signature but for those named after a level', () => {
    for (const [name, { require, level }] of Object.entries(presets)) {
      expect(new Set(require).size).toBe(require.length)
      for (const id of require) expect(ALL).toContain(id)
      expect(level).toBe(['zk', 'tee', 'development'].includes(name) ? name : 'signature')
    }
  })
})

it('every check has an id of its own', () => {
  expect(new Set(ALL).size).toBe(ALL.length)
})
