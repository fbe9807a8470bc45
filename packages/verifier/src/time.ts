/** The tolerance of every rule about time (receipts.md, "Time"): one hour, in seconds. */
export const HOUR = 3_600n

/** Whether two times in unix seconds are at most `tolerance` seconds apart. */
export const within = (tolerance: bigint, a: bigint, b: bigint): boolean => a - b <= tolerance && b - a <= tolerance

/** Unix seconds as `2026-11-21 02:03:04 UTC`; a time that no calendar holds as its number. */
export function utc(seconds: bigint): string {
  if (seconds > 253_402_300_799n) return `second ${seconds}`
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
