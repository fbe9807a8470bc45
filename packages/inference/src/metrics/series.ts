import type { ScheduledModel } from '../scheduler/scheduledModel.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'

/** Models with series of their own. Each takes a hundred lines of every scrape, and strangers publish as many as they like. */
export const OWN_SERIES = 100

/** Label of all other models together. */
export const OTHERS = 'others'

/** Which models share a series, by label: the first that were loaded have their own for as long as the node runs. */
export function seriesOf(scheduler: Pick<Scheduler, 'models'>): () => (readonly [label: string, models: readonly ScheduledModel[]])[] {
  const own = new Set<string>()
  return () => {
    const others: ScheduledModel[] = []
    const series: [string, ScheduledModel[]][] = []
    for (const model of scheduler.models()) {
      const { modelId } = model.spec
      if (model.stats.loads > 0 && own.size < OWN_SERIES) own.add(modelId)
      if (own.has(modelId)) series.push([modelId, [model]])
      else others.push(model)
    }
    return others.length > 0 ? [...series, [OTHERS, others]] : series
  }
}
