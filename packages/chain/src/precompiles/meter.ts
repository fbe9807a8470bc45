/** Thrown by a meter whose gas does not suffice. Never leaves the precompile. */
export class OutOfGas extends Error {}

/** The gas of one call of a precompile. Everything is paid before it is done. */
export class Meter {
  private readonly limit: number
  private spent = 0

  constructor(limit: bigint) {
    this.limit = Number(limit)
  }

  /** Takes `steps · price` gas, both integers. Throws `OutOfGas` when there is less. */
  charge(steps: number, price: number): void {
    this.spent += steps * price
    // This way round, so that what is no number is never enough.
    if (!(this.spent <= this.limit)) throw new OutOfGas()
  }

  /** Gas taken so far. */
  get used(): bigint {
    return BigInt(this.spent)
  }
}
