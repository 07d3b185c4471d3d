/** Memory operands that point where it matters: into the data, at the edges of pages, at what may not be touched. */
import { type RelativeTarget, world } from "../fuzz-case.js";
import type { CaseBuilder } from "./case-builder.js";
import { vector } from "./values.js";

export interface EncodedMemory {
  /** ModRM with the register field empty, SIB, displacement. */
  readonly bytes: readonly number[];
  readonly rexX: boolean;
  readonly rexB: boolean;
  readonly segment?: "fs" | "gs";
  readonly addressSize32: boolean;
  /** Of the displacement, where it is relative to the instruction's end: its place among the bytes. */
  readonly relative?: { readonly at: number; readonly to: RelativeTarget };
}

const [stackPointer, framePointer] = [4, 5];
const pageSize = 4096n;
const data = BigInt(world.data);
const readOnly = data + BigInt(world.dataSize);

/** An address at which `size` bytes are to be used. */
export function pickTarget({ random }: CaseBuilder, size: number): bigint {
  const bytes = BigInt(Math.max(1, size));
  const offset = BigInt(random.below(world.dataSize - 64));
  const before = BigInt(random.below(Number(bytes) + 1));
  const kind = random.below(100);
  if (kind < 60) return data + (offset & -bytes);
  if (kind < 76) return data + offset;
  if (kind < 84) return data + pageSize - before;
  if (kind < 86) return data - before;
  if (kind < 89) return readOnly - before;
  if (kind < 90) return readOnly + (offset & 0x3f0n);
  if (kind < 92) return readOnly + pageSize - before;
  if (kind < 96) return BigInt(world.stack) + pageSize + (offset & 0x1f8n);
  if (kind < 97) return BigInt(world.code) + pageSize - before;
  // A number of ten bytes is accessed in two parts.
  if (size === 10) return 0n;
  return random.pick([0n, -before, (1n << 47n) - before, -(1n << 47n) - before, 0xffffffffn - before, 1n << 32n]);
}

const fits = (value: bigint, bits: number) => BigInt.asIntN(bits, value) === value;
const bytesOf = (value: bigint, count: number) =>
  Array.from({ length: count }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));

/** Chooses an addressing form and sets registers so that it leads to `target`. */
export function encodeMemory(builder: CaseBuilder, target: bigint, size: number): EncodedMemory {
  const { random } = builder;
  if (random.below(10) < 6 && target >= data && target < readOnly) patchMemory(builder, target, size);
  const segment = random.below(16) > 0 ? undefined : random.pick(["fs", "gs"] as const);
  const addressSize32 = random.below(16) === 0;
  const segmentBase = segment === "fs" ? builder.fsBase : segment === "gs" ? builder.gsBase : 0n;
  const rest = { ...(segment ? { segment } : {}), addressSize32 };
  const wanted = BigInt.asIntN(64, target - segmentBase);
  const form = random.below(16);
  if (form === 0 && !segment && !addressSize32 && target < 1n << 31n && target >= 0n) {
    const relative = { at: 1, to: { kind: "address", address: Number(target) } } as const;
    return { bytes: [5, 0, 0, 0, 0], rexX: false, rexB: false, ...rest, relative };
  }
  if (form === 1 && fits(wanted, 32)) {
    return { bytes: [4, 0x25, ...bytesOf(wanted, 4)], rexX: false, rexB: false, ...rest };
  }
  return { ...withRegisters(builder, wanted, form < 6, form === 2, addressSize32), ...rest };
}

/** A base and a vector of indices of `size` bytes: small ones, mostly. */
export function encodeGather(builder: CaseBuilder, size: 4 | 8): EncodedMemory {
  const { random } = builder;
  const [index, scale] = [random.below(16), random.below(4)];
  if (random.below(6) > 0) {
    let value = 0n;
    for (let at = 0; at < 32; at += size)
      value |= BigInt(random.below(random.below(8) === 0 ? 4096 : 256)) << BigInt(8 * at);
    builder.vectors.set(index, value);
  }
  const base = pickBase(builder, data);
  builder.pointers.add(base);
  if (builder.known(base) === undefined) builder.setGeneral(base, data + BigInt(random.below(world.dataSize)));
  const displacement = random.below(256);
  return {
    bytes: [0x44, (scale << 6) | ((index & 7) << 3) | (base & 7), displacement],
    rexX: index > 7,
    rexB: base > 7,
    addressSize32: random.below(16) === 0,
  };
}

/** Base, index, or both. */
function withRegisters(
  builder: CaseBuilder,
  wanted: bigint,
  usesIndex: boolean,
  withoutBase: boolean,
  addressSize32: boolean,
): Pick<EncodedMemory, "bytes" | "rexX" | "rexB"> {
  const { random } = builder;
  let offset = wanted;
  let index: number | undefined;
  const scale = random.below(4);
  if (usesIndex) {
    do index = random.below(16);
    while (index === stackPointer || builder.written.has(index));
    builder.suggest(index, BigInt(random.below(64) - (random.below(4) === 0 ? 32 : 0)));
    offset -= BigInt.asIntN(64, builder.known(index) ?? 0n) << BigInt(scale);
  }
  const sibIndex = index === undefined ? 4 : index & 7;
  const rexX = index !== undefined && index > 7;
  if (usesIndex && withoutBase) {
    const displacement = BigInt.asIntN(32, offset);
    return { bytes: [4, (scale << 6) | (sibIndex << 3) | 5, ...bytesOf(displacement, 4)], rexX, rexB: false };
  }
  const base = pickBase(builder, offset);
  builder.pointers.add(base);
  const isFree = builder.known(base) === undefined;
  if (isFree) {
    const displacement = BigInt(random.pick([0, 0, random.below(256) - 128, random.below(0x10000) - 0x8000]));
    // Under the prefix only the lower halves count.
    const garbage = addressSize32 && random.below(2) === 0 ? BigInt(random.below(0x10000)) << 40n : 0n;
    builder.setGeneral(base, (offset - displacement) ^ garbage);
  }
  const known = BigInt.asIntN(64, builder.known(base) ?? 0n);
  const displacement = addressSize32 ? BigInt.asIntN(32, offset - known) : offset - known;
  const size = displacement === 0n && (base & 7) !== framePointer ? 0 : fits(displacement, 8) ? 1 : 4;
  const longer = size < 4 && random.below(12) === 0 ? 4 : size;
  const mode = longer === 0 ? 0 : longer === 1 ? 0x40 : 0x80;
  const needsSib = usesIndex || (base & 7) === stackPointer || random.below(12) === 0;
  const bytes = needsSib ? [mode | 4, (scale << 6) | (sibIndex << 3) | (base & 7)] : [mode | (base & 7)];
  return { bytes: [...bytes, ...bytesOf(displacement, longer)], rexX, rexB: base > 7 };
}

/** A register that can be made to lead there: one that is free, or a pointer nearby. */
function pickBase(builder: CaseBuilder, offset: bigint): number {
  const { random } = builder;
  const canReach = (register: number) => {
    const value = builder.known(register);
    return value !== undefined && fits(offset - BigInt.asIntN(64, value), 32);
  };
  const near = [...builder.pointers, stackPointer].filter(canReach);
  if (near.length > 0 && random.below(3) === 0) return random.pick(near);
  for (let tries = 0; tries < 40; tries++) {
    const register = random.below(16);
    if (builder.written.has(register) || builder.reserved.has(register)) continue;
    if (builder.general[register] === undefined || canReach(register)) return register;
  }
  return near.length > 0 ? random.pick(near) : random.below(16);
}

function patchMemory({ random, patches }: CaseBuilder, target: bigint, size: number): void {
  const room = Number(readOnly + pageSize - target);
  const bytes = bytesOf(vector(random, 32), Math.min(room, Math.max(size, 8)));
  patches.push({ address: Number(target), bytes: Uint8Array.from(bytes) });
}
