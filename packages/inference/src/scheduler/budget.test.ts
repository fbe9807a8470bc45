import { describe, expect, it } from 'vitest'
import { codeOf } from '../engine/values.testkit.ts'
import { MemoryBudget, type Tenant } from './budget.ts'

const tenant = (budget: MemoryBudget, lastUsed: number, evicted: unknown[], name: unknown): Tenant & { idle: boolean } => {
  const self = {
    idle: true,
    lastUsed,
    async evict() {
      evicted.push(name)
      budget.leave(self)
    },
  }
  return self
}

describe('the memory budget', () => {
  it('asks the tenant that was idle longest to go, and only as many as needed', async () => {
    const budget = new MemoryBudget(100)
    const evicted: unknown[] = []
    const [old, older, busy] = [tenant(budget, 2, evicted, 'old'), tenant(budget, 1, evicted, 'older'), tenant(budget, 0, evicted, 'busy')]
    busy.idle = false
    for (const one of [old, older, busy]) await budget.enter(one, 30)
    await budget.enter(tenant(budget, 9, evicted, 'new'), 30)
    expect(evicted).toEqual(['older'])
    expect(budget.used).toBe(90)
  })

  it('lets newcomers wait until somebody becomes idle, in the order in which they came', async () => {
    const budget = new MemoryBudget(100)
    const evicted: unknown[] = []
    const busy = tenant(budget, 0, evicted, 'busy')
    busy.idle = false
    await budget.enter(busy, 80)
    const entered: string[] = []
    const first = budget.enter(tenant(budget, 1, evicted, 'first'), 60).then(() => entered.push('first'))
    const second = budget.enter(tenant(budget, 1, evicted, 'second'), 10).then(() => entered.push('second'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(entered).toEqual([])
    busy.idle = true
    budget.becameIdle()
    await Promise.all([first, second])
    expect([entered, evicted]).toEqual([['first', 'second'], ['busy']])
  })

  it('gives up when all stay busy, and refuses at once what can never fit', async () => {
    const budget = new MemoryBudget(100, 30)
    const evicted: unknown[] = []
    const busy = tenant(budget, 0, evicted, 'busy')
    busy.idle = false
    await budget.enter(busy, 80)
    const error = await codeOf(budget.enter(tenant(budget, 0, evicted, 'x'), 30))
    expect([error.code, error.details.retryAfterMs]).toEqual(['MODEL_NOT_READY', 1000])
    expect((await codeOf(budget.enter(tenant(budget, 0, evicted, 'x'), 101))).code).toBe('ENGINE_OUT_OF_MEMORY')
    await budget.enter(tenant(budget, 0, evicted, 'y'), 20)
    expect(evicted).toEqual([])
  })

  it('counts what a tenant turned out to hold, while it is there', async () => {
    const budget = new MemoryBudget(100)
    const one = tenant(budget, 0, [], 'one')
    await budget.enter(one, 90)
    budget.resize(one, 40)
    expect(budget.used).toBe(40)
    budget.leave(one)
    budget.resize(one, 70)
    expect(budget.used).toBe(0)
  })
})
