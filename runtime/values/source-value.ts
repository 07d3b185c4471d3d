/**
 * Values of the source's: what has a type of the program's debug information and a place in a frame. A value is read
 * when somebody looks at it; what cannot be known says why.
 */
import type { Location } from "../object/dwarf/expression.js";
import type { Type } from "../object/dwarf/types.js";

/** Where a value is: in memory, or known by its bytes, which lie in registers or nowhere at all. */
export type Place =
  | { readonly kind: "memory"; readonly address: bigint }
  /** `register`: the name of the one that holds it whole. */
  | {
      readonly kind: "bytes";
      readonly bytes: Uint8Array;
      /** Where some of them were optimized out: 0 for each of those. */
      readonly known?: Uint8Array;
      readonly register?: string;
      readonly owner?: FrameOwner;
    }
  /** Known by its bits, the lowest of a number without a sign: in a register, or computed. */
  | { readonly kind: "number"; readonly bits: bigint; readonly register?: string; readonly owner?: FrameOwner }
  /** The reason is for the user. */
  | { readonly kind: "unknown"; readonly reason: string };

/** The frame whose register it is, where that is not the frame that is looked at. */
export interface FrameOwner {
  readonly thread: number;
  readonly frame: number;
}

export interface SourceValue {
  readonly type: Type | undefined;
  readonly place: Place;
  /** A part of its bytes: a bit field. Counted from the lowest bit of its first byte. */
  readonly bits?: { readonly offset: number; readonly size: number };
  /** It is to be shown as it is made, not as what it stands for. */
  readonly isRaw?: boolean;
}

/** What values are read from. */
export interface ValueSource {
  /** Fewer bytes than asked for where memory ends. */
  read(address: bigint, size: number): Uint8Array;
  /** Eight bytes as a number, the lowest first, for whoever asks often; undefined where not all of them can be read. */
  readWord?(address: bigint): bigint | undefined;
  /** What lies at an address, in words: `main+0x12`, `stack of thread 2`. */
  describe(address: bigint): string | undefined;
}

const optimizedOut: Place = { kind: "unknown", reason: "optimized out" };

/** What a location of the debug information comes to in a frame. `size`: of the value, in bytes. */
export function placeOf(
  location: Location,
  size: number,
  source: ValueSource,
  register: (number: number) => { readonly value: bigint; readonly name: string } | undefined,
): Place {
  switch (location.kind) {
    case "memory":
      return { kind: "memory", address: location.address };
    case "register": {
      const found = register(location.register);
      if (found === undefined)
        return { kind: "unknown", reason: "not kept: a later call may have changed its register" };
      return { kind: "number", bits: found.value, register: found.name };
    }
    case "value":
      return { kind: "number", bits: location.value };
    case "bytes":
      return { kind: "bytes", bytes: location.bytes };
    case "pieces":
      return joined(location.pieces, size, source, register);
    case "implicit-pointer":
      return { kind: "unknown", reason: "the pointer was optimized out" };
    case "optimized-out":
      return optimizedOut;
    case "unavailable":
      return { kind: "unknown", reason: location.reason };
  }
}

type Pieces = Extract<Location, { kind: "pieces" }>["pieces"];

/** What is in several places, and perhaps in a part nowhere. */
function joined(pieces: Pieces, size: number, source: ValueSource, register: Parameters<typeof placeOf>[3]): Place {
  let bits = 0n;
  let lost = 0n;
  let shift = 0n;
  for (const piece of pieces) {
    const bytes = Math.ceil((piece.bitOffset + piece.bitSize) / 8);
    const content = bytesAt(placeOf(piece.location, bytes, source, register), bytes, source);
    const part = content && BigInt.asUintN(piece.bitSize, numberOf(content) >> BigInt(piece.bitOffset));
    if (part === undefined) lost |= ((1n << BigInt(piece.bitSize)) - 1n) << shift;
    else bits |= part << shift;
    shift += BigInt(piece.bitSize);
  }
  const bytes = bytesOf(bits, size);
  if (lost === 0n) return { kind: "bytes", bytes };
  const known = bytesOf(lost, size).map((byte) => (byte === 0 ? 1 : 0));
  return known.includes(1) ? { kind: "bytes", bytes, known } : optimizedOut;
}

/** The bytes at a place; undefined when they cannot be read. */
export function bytesAt(place: Place, size: number, source: ValueSource): Uint8Array | undefined {
  switch (place.kind) {
    case "memory": {
      const bytes = source.read(place.address, size);
      return bytes.length === size ? bytes : undefined;
    }
    case "bytes":
      if (place.bytes.length < size || place.known?.subarray(0, size).includes(0)) return undefined;
      return place.bytes.subarray(0, size);
    case "number":
      return bytesOf(place.bits, size);
    case "unknown":
      return undefined;
  }
}

/** A part of a value: `offset` bytes into it. */
export function partOf(place: Place, offset: number, size: number | undefined): Place {
  switch (place.kind) {
    case "memory":
      return { kind: "memory", address: BigInt.asUintN(64, place.address + BigInt(offset)) };
    case "bytes": {
      const end = size === undefined ? place.bytes.length : offset + size;
      if (offset < 0 || end > place.bytes.length) return optimizedOut;
      const known = place.known?.subarray(offset, end);
      if (known !== undefined && end > offset && !known.includes(1)) return optimizedOut;
      return { kind: "bytes", bytes: place.bytes.subarray(offset, end), ...(known?.includes(0) && { known }) };
    }
    case "number":
      return { kind: "number", bits: place.bits >> BigInt(8 * offset) };
    case "unknown":
      return place;
  }
}

/** Without typedefs and qualifiers: the type that says what the bits are. */
export function plainType(type: Type | undefined): Exclude<Type, { kind: "typedef" | "qualified" }> | undefined {
  let at = type;
  while (at?.kind === "typedef" || at?.kind === "qualified") at = at.target;
  return at;
}

/** In bytes; 0 where a type has none. */
export function sizeOfType(type: Type | undefined): number {
  for (let at = type; at !== undefined; ) {
    if (at.size !== undefined) return at.size;
    if (at.kind === "array") {
      const element = sizeOfType(at.element);
      return at.dimensions.reduce((size, { count }) => size * (count ?? 0), element);
    }
    if (at.kind !== "typedef" && at.kind !== "qualified") return at.kind === "pointer" ? 8 : 0;
    at = at.target;
  }
  return 0;
}

/** The bits of a value as a number without a sign, the lowest byte first; undefined when they cannot be read. */
export function bitsOf(value: SourceValue, source: ValueSource): bigint | undefined {
  if (value.bits === undefined) return numberAt(value.place, sizeOfType(value.type), source);
  const { offset, size } = value.bits;
  const bits = numberAt(value.place, Math.ceil((offset + size) / 8), source);
  return bits === undefined ? undefined : BigInt.asUintN(size, bits >> BigInt(offset));
}

function numberAt(place: Place, size: number, source: ValueSource): bigint | undefined {
  if (place.kind === "number") return BigInt.asUintN(8 * size, place.bits);
  if (place.kind === "memory" && size <= 8) {
    const word = source.readWord?.(place.address);
    if (word !== undefined) return size === 8 ? word : BigInt.asUintN(8 * size, word);
  }
  const bytes = bytesAt(place, size, source);
  return bytes && numberOf(bytes);
}

/** How many bits a value has. */
export function bitSizeOf(value: SourceValue): number {
  return value.bits?.size ?? 8 * sizeOfType(value.type);
}

export function numberOf(bytes: Uint8Array): bigint {
  let bits = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) bits = (bits << 8n) | BigInt(bytes[index] ?? 0);
  return bits;
}

function bytesOf(bits: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let index = 0, rest = bits; index < size; index++, rest >>= 8n) bytes[index] = Number(rest & 0xffn);
  return bytes;
}
