import { describe, expect, it } from 'vitest'
import { CHECK_IDS, presets, ZK_CHECK_IDS } from './verdict.ts'

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

  it('name checks that exist, each once, at level signature but for zk', () => {
    for (const [name, { require, level }] of Object.entries(presets)) {
      expect(new Set(require).size).toBe(require.length)
      for (const id of require) expect([...CHECK_IDS, ...ZK_CHECK_IDS]).toContain(id)
      expect(level).toBe(name === 'zk' ? 'zk' : 'signature')
    }
  })
})

it('every check has an id of its own', () => {
  expect(new Set([...CHECK_IDS, ...ZK_CHECK_IDS]).size).toBe(CHECK_IDS.length + ZK_CHECK_IDS.length)
})
