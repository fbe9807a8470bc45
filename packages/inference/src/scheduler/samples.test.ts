import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifestSchema } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { onnxEngine, onnxExactEngine } from '../engine/onnx.ts'
import { folderOf, MODELS, memorySource, sampleNames } from '../server/folderSource.testkit.ts'
import { ModelRegistry } from '../server/registry.ts'
import { Scheduler } from './scheduler.ts'

const { class: reproducibility, tolerance, golden } = manifestSchema.shape

it.each(sampleNames().filter((name) => existsSync(join(MODELS, name, 'model.json'))))(
  'the published sample %s passes its self-test with the golden values, class and tolerance of its description',
  async (name) => {
    const description = JSON.parse(readFileSync(join(MODELS, name, 'model.json'), 'utf8')) as Record<string, unknown>
    const folder = folderOf(readFileSync(join(MODELS, name, 'model.onnx')), {
      class: reproducibility.parse(description.class),
      ...(description.tolerance === undefined ? {} : { tolerance: tolerance.parse(description.tolerance)! }),
      golden: golden.parse(description.golden),
      batch: { invariant: true, max: 32 },
    })
    expect(folder.manifest.golden.length).toBeGreaterThan(0)
    const scheduler = new Scheduler()
    const engines = new Map([onnxEngine(), onnxExactEngine()].map((engine) => [engine.name, engine]))
    const { scheduled } = await new ModelRegistry({ source: memorySource({ 'a/a': folder }), scheduler, engines }).find(
      folder.modelId,
      undefined,
    )
    await scheduled.warm()
    expect([scheduled.servable, scheduled.stackable]).toEqual([true, true])
    await scheduler.drain()
  },
)
