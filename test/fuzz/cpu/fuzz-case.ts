/** A case: instructions, the state that they begin in, and what they leave behind. The world of all cases is the same. */
import { Random } from "../../runtime/engine/random-program.js";
import type { CpuState } from "./state.js";

/** An instruction. */
export interface Unit {
  readonly bytes: Uint8Array;
  /** Where the instruction holds the distance from its end to a unit (the end of the list is one) or to an address. */
  readonly relative?: { readonly at: number; readonly size: 1 | 4; readonly to: RelativeTarget };
}
export type RelativeTarget =
  | { readonly kind: "unit"; readonly index: number }
  | { readonly kind: "address"; readonly address: number };

export interface Patch {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface FuzzCase {
  readonly units: readonly Unit[];
  readonly state: CpuState;
  /** Memory that is not as `worldRegions` has it. */
  readonly patches: readonly Patch[];
}

/** How a case ended. INT3 stands behind the code: that is a fault as well. */
export interface Outcome {
  /** Vector of the exception; `endless` when it did not end. */
  readonly vector: number | "endless";
  /** Address and access (write 2, fetch 16, a page is there 1) of a page fault. */
  readonly pageFault?: { readonly address: bigint; readonly access: number };
  readonly state: CpuState;
  /** Aligned 64-bit words that are not as `worldRegions` has them. */
  readonly changes: ReadonlyMap<number, bigint>;
}

export interface WorldRegion {
  readonly address: number;
  readonly permissions: { readonly read: boolean; readonly write: boolean; readonly execute: boolean };
  readonly content: Uint8Array;
}

export const pageSize = 4096;
export const world = {
  /** Two pages of code; what follows them is data. */
  code: 0x40000000,
  codeSize: 2 * pageSize,
  /** Three pages, and one that cannot be written; nothing around them. */
  data: 0x20000000,
  dataSize: 3 * pageSize,
  stack: 0x30000000,
  stackSize: 2 * pageSize,
} as const;

const int3 = 0xcc;
/** What code is not: HLT, at which the decoder ends a run. */
const hlt = 0xf4;

function pattern(pages: number, seed: number): Uint8Array {
  const random = new Random(seed);
  const bytes = new Uint8Array(pages * pageSize);
  // Zeros, ones and random bytes by turns.
  for (let at = 0; at < bytes.length; at += 64) {
    const kind = random.below(4);
    for (let i = 0; i < 64; i++) bytes[at + i] = kind === 0 ? 0 : kind === 1 && i < 32 ? 255 : random.below(256);
  }
  return bytes;
}

const [readWrite, readOnly, executable] = [
  { read: true, write: true, execute: false },
  { read: true, write: false, execute: false },
  { read: true, write: false, execute: true },
];
export const worldRegions: readonly WorldRegion[] = [
  {
    address: world.code,
    permissions: executable,
    content: new Uint8Array(world.codeSize).fill(hlt),
  },
  { address: world.code + world.codeSize, permissions: readWrite, content: pattern(1, 1) },
  { address: world.data, permissions: readWrite, content: pattern(3, 2) },
  { address: world.data + world.dataSize, permissions: readOnly, content: pattern(1, 3) },
  { address: world.stack, permissions: readWrite, content: pattern(2, 4) },
];

/** The code of the case with INT3 behind it, and where each instruction begins, the end included. */
export function assemble({ units, state }: FuzzCase): { bytes: Uint8Array; starts: readonly number[] } {
  const origin = Number(state.word("rip"));
  const starts = [0];
  for (const { bytes } of units) starts.push((starts.at(-1) ?? 0) + bytes.length);
  const size = starts.at(-1) ?? 0;
  const code = new Uint8Array(size + 1);
  code[size] = int3;
  const view = new DataView(code.buffer);
  for (const [i, { bytes, relative }] of units.entries()) {
    const start = starts[i] ?? 0;
    code.set(bytes, start);
    if (relative === undefined) continue;
    const { at, size, to } = relative;
    const target = to.kind === "unit" ? (starts[to.index] ?? 0) : to.address - origin;
    const distance = target - start - bytes.length;
    if (size === 1) view.setInt8(start + at, distance);
    else view.setInt32(start + at, distance, true);
  }
  return { bytes: code, starts };
}
