/** How far, in seconds, a block may be dated ahead of the caller's clock. */
export const MAX_CLOCK_DRIFT = 600
