import type { ScheduledModel } from '../scheduler/scheduledModel.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import { ModelStats } from '../scheduler/stats.ts'

/** Models with series of their own. Each takes a hundred lines of every scrape, and strangers publish as many as they like. */
export const OWN_SERIES = 100

/** Label of all other models together. */
export const OTHERS = 'others'

export interface Series {
  readonly label: string
  readonly models: readonly ScheduledModel[]
  /** What the models have counted, and those before them that are forgotten. */
  readonly stats: readonly ModelStats[]
}

/** Which models share a series: the first that were loaded have their own for as long as the node runs. */
export function seriesOf(scheduler: Pick<Scheduler, 'models'>): () => readonly Series[] {
  const own = new Set<string>()
  /** The others when somebody looked last, and what those before them had counted: a counter that falls would be taken for one that began anew. */
  let seen = new Set<ScheduledModel>()
  const gone = new ModelStats()
  let isGone = false
  return () => {
    const others = new Set<ScheduledModel>()
    const series: Series[] = []
    for (const model of scheduler.models()) {
      const { modelId } = model.spec
      if (model.stats.loads > 0 && own.size < OWN_SERIES) own.add(modelId)
      if (own.has(modelId)) series.push({ label: modelId, models: [model], stats: [model.stats] })
      else others.add(model)
    }
    for (const model of seen)
      if (!others.has(model) && !own.has(model.spec.modelId)) {
        gone.add(model.stats)
        isGone = true
      }
    seen = others
    if (others.size === 0 && !isGone) return series
    return [...series, { label: OTHERS, models: [...others], stats: [gone, ...[...others].map(({ stats }) => stats)] }]
  }
}
