import { formatOpg } from '@opengradient/protocol'

/** OPG wei as sentences show it: 12500500000000000000000n → `12,500.5`. */
export const opgText = (wei: bigint): string => formatOpg(wei, { thousands: ',' })
