/** Writes addresses into the places of a program that wait for them (x86-64 psABI, section 4.4). */
import type { Relocation, RelocationType } from "../asm/assembler.js";
import { writeInteger } from "../asm/section.js";

interface RelocationTraits {
  /** Bytes of the field. */
  readonly size: number;
  /** Counted from the field's own address. */
  readonly isRelative: boolean;
  readonly isSigned: boolean;
  /** Means the word with the symbol's address (in the GOT) and not the symbol. */
  readonly isIndirect?: true;
}

const indirect = { size: 4, isRelative: true, isSigned: true, isIndirect: true } as const;

export const relocationTraits: Readonly<Record<RelocationType, RelocationTraits>> = {
  R_X86_64_64: { size: 8, isRelative: false, isSigned: false },
  R_X86_64_PC32: { size: 4, isRelative: true, isSigned: true },
  R_X86_64_PLT32: { size: 4, isRelative: true, isSigned: true },
  R_X86_64_32: { size: 4, isRelative: false, isSigned: false },
  R_X86_64_32S: { size: 4, isRelative: false, isSigned: true },
  R_X86_64_16: { size: 2, isRelative: false, isSigned: false },
  R_X86_64_PC16: { size: 2, isRelative: true, isSigned: true },
  R_X86_64_8: { size: 1, isRelative: false, isSigned: false },
  R_X86_64_PC8: { size: 1, isRelative: true, isSigned: true },
  R_X86_64_PC64: { size: 8, isRelative: true, isSigned: true },
  R_X86_64_GOTPCREL: indirect,
  R_X86_64_GOTPCRELX: indirect,
  R_X86_64_REX_GOTPCRELX: indirect,
};

/**
 * Writes what `relocation` asks for into `bytes` at `at`, which has the address `place` in the program; `target` is the
 * address meant. Returns the value that does not fit the field, where that is so: nothing is written then.
 */
export function applyRelocation(
  { type, addend }: Relocation,
  target: bigint,
  bytes: Uint8Array,
  at: number,
  place: number,
): bigint | undefined {
  const { size, isRelative, isSigned } = relocationTraits[type];
  const value = target + addend - (isRelative ? BigInt(place) : 0n);
  const bits = BigInt(size * 8);
  const least = isSigned ? -(1n << (bits - 1n)) : type === "R_X86_64_64" ? -(1n << 63n) : 0n;
  const most = isSigned ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
  const isLoose = size < 4 && value >= -(1n << (bits - 1n)) && value < 1n << bits;
  if ((value < least || value > most) && !isLoose) return value;
  writeInteger(bytes, at, value, size);
  return undefined;
}
