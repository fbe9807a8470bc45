import { type Engine, type LoadedModel, onnxEngine } from '@opengradient/inference'
import type { Hex } from '@opengradient/protocol'

/**
 * The engine, with one child for each file however many servers load it: two children with the same model differ by a tenth of a millisecond a
 * run, by where their memory happens to lie, which is more than what is measured.
 */
export function sharedEngine(): Engine {
  const engine = onnxEngine()
  const loaded = new Map<Hex, Promise<LoadedModel>>()
  return {
    name: engine.name,
    identity: () => engine.identity(),
    load(model, options) {
      const before = loaded.get(model.sha256)
      if (before) return before
      const started = engine.load(model, options)
      loaded.set(model.sha256, started)
      return started
    },
    close: () => engine.close(),
  }
}
