/** Thrown inside this folder when bytes are not what their format says; the public functions turn it into a note. */
export class MalformedData extends Error {}

/** What `read` returns; undefined, and a note, when it finds damage. */
export function attempt<Value>(note: (problem: string) => void, what: string, read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MalformedData)) throw error;
    note(`${what} cannot be read: ${error.message}`);
    return undefined;
  }
}

const decoder = new TextDecoder();

/** Longer texts and those that are not ASCII go through the decoder of the platform. */
const longestQuickText = 96;

/** Reads the numbers and texts of a little-endian file one after the other. A read behind the end throws. */
export class ByteCursor {
  readonly #view: DataView;

  /** Reads `bytes` from `position` up to `end` (exclusive). */
  constructor(
    readonly bytes: Uint8Array,
    public position = 0,
    readonly end = bytes.length,
  ) {
    if (end > bytes.length) throw new MalformedData("a structure reaches behind the end of its section");
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.position >= this.end;
  }

  /** Moves on by `count` bytes. */
  skip(count: number): void {
    this.#take(count);
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  i8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  i16(): number {
    return this.#view.getInt16(this.#take(2), true);
  }

  u24(): number {
    const at = this.#take(3);
    return this.#view.getUint16(at, true) | (this.#view.getUint8(at + 2) << 16);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true);
  }

  /** 64 bits as a number; one that a number cannot hold exactly is infinite, which lies behind the end of anything. */
  offset64(): number {
    const at = this.#take(8);
    const high = this.#view.getUint32(at + 4, true);
    if (high >= 0x20_0000) return Number.POSITIVE_INFINITY;
    return high * 0x1_0000_0000 + this.#view.getUint32(at, true);
  }

  /** An unsigned number of 1, 2, 4 or 8 bytes. */
  unsigned(size: number): bigint {
    switch (size) {
      case 1:
        return BigInt(this.u8());
      case 2:
        return BigInt(this.u16());
      case 4:
        return BigInt(this.u32());
      case 8:
        return this.u64();
      default:
        throw new MalformedData(`a number of ${size} bytes`);
    }
  }

  /** An offset into a section: 4 or 8 bytes. */
  offset(size: number): number {
    return size === 8 ? this.offset64() : this.u32();
  }

  /** Unsigned LEB128 as a number; one that a number cannot hold exactly comes out rounded (see `uleb64`). */
  uleb(): number {
    let byte = this.u8();
    if (byte < 0x80) return byte;
    let result = byte & 0x7f;
    let factor = 128;
    do {
      byte = this.u8();
      result += (byte & 0x7f) * factor;
      factor *= 128;
    } while (byte >= 0x80);
    return result;
  }

  /** Signed LEB128 as a number. */
  sleb(): number {
    let result = 0;
    let factor = 1;
    let byte: number;
    do {
      byte = this.u8();
      result += (byte & 0x7f) * factor;
      factor *= 128;
    } while (byte >= 0x80);
    return (byte & 0x40) === 0 ? result : result - factor;
  }

  /** Unsigned LEB128, the low 64 bits. */
  uleb64(): bigint {
    const start = this.position;
    const quick = this.uleb();
    if (quick <= Number.MAX_SAFE_INTEGER) return BigInt(quick);
    this.position = start;
    return BigInt.asUintN(64, this.#wideLeb().value);
  }

  /** Signed LEB128, 64 bits. */
  sleb64(): bigint {
    const { value, bits, isNegative } = this.#wideLeb();
    return BigInt.asIntN(64, isNegative ? value - (1n << bits) : value);
  }

  skipLeb(): void {
    while (this.u8() >= 0x80);
  }

  /** The bytes themselves, not a copy. */
  take(count: number): Uint8Array {
    const at = this.#take(count);
    return this.bytes.subarray(at, at + count);
  }

  /** The text up to the next zero byte. */
  text(): string {
    const start = this.position;
    this.skipText();
    return textOf(this.bytes, start, this.position - 1);
  }

  skipText(): void {
    const zero = this.bytes.indexOf(0, this.position);
    if (zero < 0 || zero >= this.end) throw new MalformedData("a text without an end");
    this.position = zero + 1;
  }

  #wideLeb(): { value: bigint; bits: bigint; isNegative: boolean } {
    let value = 0n;
    let bits = 0n;
    let byte: number;
    do {
      byte = this.u8();
      if (bits < 70n) value |= BigInt(byte & 0x7f) << bits;
      bits += 7n;
    } while (byte >= 0x80);
    return { value, bits, isNegative: (byte & 0x40) !== 0 };
  }

  #take(count: number): number {
    const at = this.position;
    // Also for a count that is negative, infinite or not a number.
    if (!(count >= 0 && at >= 0 && at + count <= this.end)) {
      throw new MalformedData("a structure reaches behind the end of its section");
    }
    this.position = at + count;
    return at;
  }
}

/** The text that begins at `offset` and ends before a zero byte; undefined where there is none. */
export function textAt(bytes: Uint8Array, offset: number): string | undefined {
  if (!(offset >= 0 && offset < bytes.length)) return undefined;
  const end = bytes.indexOf(0, offset);
  return end < 0 ? undefined : textOf(bytes, offset, end);
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= longestQuickText) {
    let isAscii = true;
    for (let at = start; at < end && isAscii; at++) isAscii = (bytes[at] ?? 0) < 0x80;
    if (isAscii) return String.fromCharCode(...bytes.subarray(start, end));
  }
  return decoder.decode(bytes.subarray(start, end));
}
