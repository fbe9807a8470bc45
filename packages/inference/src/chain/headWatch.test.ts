import { expect, test } from 'vitest'
import { HeadWatch } from './headWatch.ts'

function watched() {
  const chain = { height: 5n, asked: 0, broken: false }
  const watch = new HeadWatch(async () => {
    chain.asked++
    if (chain.broken) throw new Error('no chain')
    return chain.height
  }, 5)
  return { chain, watch }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('everybody who waits for a newer block is told of it, and one question serves them all', async () => {
  const { chain, watch } = watched()
  let told = 0
  const all = Array.from({ length: 50 }, () => watch.after(5n, 10_000).then(() => told++))
  await pause(30)
  expect(told).toBe(0)
  expect(chain.asked).toBeLessThan(12)
  chain.height = 6n
  await Promise.all(all)
  expect(told).toBe(50)
})

test('a block that is there already is told at the next look', async () => {
  const { watch } = watched()
  await watch.after(4n, 10_000)
})

test('the wait ends by itself, also when the full node fails', async () => {
  const { chain, watch } = watched()
  chain.broken = true
  await watch.after(5n, 20)
})

test('with nobody waiting nobody asks, and waiting works again afterwards', async () => {
  const { chain, watch } = watched()
  await watch.after(4n, 1000)
  const asked = chain.asked
  await pause(30)
  expect(chain.asked).toBe(asked)
  chain.height = 9n
  await watch.after(8n, 1000)
})

test('release lets everybody go', async () => {
  const { watch } = watched()
  const waiting = watch.after(100n, 60_000)
  watch.release()
  await waiting
})
