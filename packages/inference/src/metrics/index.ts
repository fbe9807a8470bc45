export { Counter, Gauge, type Registry } from 'prom-client'
export { Histogram, SECONDS } from './histogram.ts'
export { histogram } from './metrics.ts'
export { ScrapedRegistry } from './scraped.ts'
