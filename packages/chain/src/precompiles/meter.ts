/** Thrown by a meter whose gas does not suffice. Never leaves the precompile. */
export class OutOfGas extends Error {}

/** The gas of one call of a precompile. Everything is paid before it is done. */
export class Meter {
  private readonly limit: bigint
  private spent = 0

  constructor(limit: bigint) {
    this.limit = limit
  }

  /** Takes `steps · price` gas; fractions are rounded up at the end. Throws `OutOfGas` when there is less. */
  charge(steps: number, price: number): void {
    this.spent += steps * price
    if (this.spent > this.limit) throw new OutOfGas()
  }

  /** Gas taken so far. */
  get used(): bigint {
    return BigInt(Math.ceil(this.spent))
  }
}
