export { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
export { Histogram, SECONDS } from './histogram.ts'
export { histogram } from './metrics.ts'
