/** Random numbers that are the same in every run: SplitMix64 (Steele, Lea, Flood 2014) from a fixed seed. */
export class SeededRandom {
  private state: bigint;

  constructor(seed: bigint) {
    this.state = seed;
  }

  bytes(count: number): Uint8Array {
    const result = new Uint8Array(count);
    let word = 0n;
    for (let index = 0; index < count; index++) {
      if (index % 8 === 0) word = this.next();
      result[index] = Number(word & 0xffn);
      word >>= 8n;
    }
    return result;
  }

  private next(): bigint {
    this.state = BigInt.asUintN(64, this.state + 0x9e3779b97f4a7c15n);
    let mixed = this.state;
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    return mixed ^ (mixed >> 31n);
  }
}
