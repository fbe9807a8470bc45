const WEI = 10n ** 18n

/** OPG wei as decimal OPG without trailing zeros: 1500000000000000000n → `1.5`. Thousands are separated by commas. */
export function opg(wei: bigint): string {
  const whole = `${wei / WEI}`.replace(/\B(?=(\d{3})+$)/g, ',')
  const fraction = `${wei % WEI}`.padStart(18, '0').replace(/0+$/, '')
  return fraction === '' ? whole : `${whole}.${fraction}`
}
