import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { TestSpecification, Vitest } from 'vitest/node'
import { LONG, LongFirst } from './longFirst.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

test('what begins first is there', () => {
  expect(LONG.filter((file) => !existsSync(`${ROOT}/${file}`))).toEqual([])
})

test('begins with the long files of each project, and goes on with the largest', async () => {
  const [long, longer] = ['packages/inference/src/engine/onnx.test.ts', 'packages/inference/test/kill.test.ts']
  const [large, small] = ['packages/inference/test/node.test.ts', 'packages/inference/src/log.test.ts']
  const sizes = new Map([long, longer, large].map((file) => [file, statSync(`${ROOT}/${file}`).size]))
  const cache = {
    getFileTestResults: () => undefined,
    getFileStats: (key: string) => ({ size: sizes.get(key.slice(key.indexOf(':') + 1)) ?? 1 }),
  }
  const projects = ['a', 'b'].map((name) => ({ name, config: { sequence: { groupOrder: 0 }, isolate: false } }))
  const files = projects.flatMap((project) =>
    [small, long, large, longer].map((file) => ({ project, moduleId: `${ROOT}/${file}` }) as unknown as TestSpecification),
  )
  const sorted = await new LongFirst({ cache, config: { root: ROOT } } as unknown as Vitest).sort(files)
  const order = [longer, long, large, small].map((file) => `${ROOT}/${file}`)
  expect(sorted.map(({ project, moduleId }) => [project.name, moduleId])).toEqual(
    ['a', 'b'].flatMap((name) => order.map((id) => [name, id])),
  )
})
