export { type ApplyResult, type OfferResult, Restorer, type RestorerOptions } from './restore/restorer.ts'
export { discardUnfinished } from './restore/unfinished.ts'
export { Snapshots, type SnapshotsOptions } from './snapshots.ts'
