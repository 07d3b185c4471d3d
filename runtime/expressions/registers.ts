/** The names by which expressions speak of registers and their parts. */
import { generalRegisterNames } from "../engine/machine.js";
import { mmxNames, x87StackNames, x87WordNames } from "../engine/x87-registers.js";

/** A whole register, as `ExpressionScope.register` knows it. */
export type RegisterName = string;

export interface RegisterPart {
  /** The whole register that holds it. */
  readonly register: RegisterName;
  /** Bit of the whole register where the part begins. */
  readonly shift: bigint;
  readonly bits: 8 | 16 | 32 | 64 | 128;
  /** Holds an address for sure: shown as one. */
  readonly isPointer: boolean;
}

/** The flags of RFLAGS and their bits (Intel SDM vol. 1, 3.4.3), in the order in which people list them. */
export const flagBits = {
  cf: 0,
  pf: 2,
  af: 4,
  zf: 6,
  sf: 7,
  tf: 8,
  if: 9,
  df: 10,
  of: 11,
} as const;
export type FlagName = keyof typeof flagBits;

export const flagMeanings: Readonly<Record<FlagName, string>> = {
  cf: "carry",
  pf: "parity",
  af: "auxiliary carry",
  zf: "zero",
  sf: "sign",
  tf: "trap",
  if: "interrupts enabled",
  df: "direction",
  of: "overflow",
};

const parts = new Map<string, RegisterPart>();

function add(name: string, register: RegisterName, bits: RegisterPart["bits"], shift = 0n, isPointer = false): void {
  parts.set(name, { register, shift, bits, isPointer });
}

for (const name of generalRegisterNames) {
  add(name, name, 64, 0n, name === "rsp");
  const legacy = /^r([a-d])x$/.exec(name)?.[1];
  const index = /^r([a-d]x|[sb]p|[sd]i)$/.exec(name)?.[1];
  if (index !== undefined) {
    add(`e${index}`, name, 32);
    add(index, name, 16);
    add(legacy !== undefined ? `${legacy}l` : `${index}l`, name, 8);
    if (legacy !== undefined) add(`${legacy}h`, name, 8, 8n);
  } else {
    add(`${name}d`, name, 32);
    add(`${name}w`, name, 16);
    add(`${name}b`, name, 8);
  }
}
add("rip", "rip", 64, 0n, true);
add("pc", "rip", 64, 0n, true);
add("rflags", "rflags", 64);
add("eflags", "rflags", 32);
add("fs_base", "fs_base", 64, 0n, true);
add("gs_base", "gs_base", 64, 0n, true);
add("mxcsr", "mxcsr", 32);
for (const name of x87StackNames) add(name, name, 128);
for (const name of mmxNames) add(name, name, 64);
for (const name of x87WordNames) add(name, name, 16);
for (let index = 0; index < 16; index++) add(`xmm${index}`, `xmm${index}`, 128);

/** The register, or part of one, with that name (lower or upper case). */
export function registerPart(name: string): RegisterPart | undefined {
  return parts.get(name.toLowerCase());
}

export function isFlagName(name: string): name is FlagName {
  return Object.hasOwn(flagBits, name);
}

/** All names of registers and parts, for completion. */
export function registerPartNames(): readonly string[] {
  return [...parts.keys()];
}
