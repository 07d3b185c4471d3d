/** The registers of the x87 FPU under the names that GDB gives them; `st0` is the top of the stack, MMX registers are fixed. */
import { physicalRegister } from "../x86/x87/unit.js";
import type { X87State } from "./machine.js";

export { initialControl, physicalRegister } from "../x86/x87/unit.js";

/** The control, the status and the (abridged) tag word. */
const words = { fctrl: "control", fstat: "status", ftag: "tags" } as const;
type WordName = keyof typeof words;
const isWord = (name: string): name is WordName => Object.hasOwn(words, name);
export const x87WordNames = Object.keys(words) as readonly WordName[];
export const x87StackNames = Array.from({ length: 8 }, (_, index) => `st${index}`);
export const mmxNames = Array.from({ length: 8 }, (_, index) => `mm${index}`);

const mask64 = (1n << 64n) - 1n;
const mask80 = (1n << 80n) - 1n;
/** Sign and exponent of a data register that an MMX instruction has written. */
const mmxMark = 0xffffn << 64n;

/** The physical register that a name stands for, and whether as an MMX register. */
function dataRegister(state: X87State, name: string): { register: number; isMmx: boolean } | undefined {
  const [, kind, digit] = /^(st|mm)([0-7])$/.exec(name) ?? [];
  if (kind === undefined) return undefined;
  const index = Number(digit);
  return { register: kind === "mm" ? index : physicalRegister(state.status, index), isMmx: kind === "mm" };
}

/** Unsigned: 80 bits of a stack register, 64 of an MMX register, 16 of a word. Undefined for any other name. */
export function readX87(state: X87State, name: string): bigint | undefined {
  if (isWord(name)) return BigInt(state[words[name]]);
  const found = dataRegister(state, name);
  const bits = found && (state.registers[found.register] ?? 0n);
  return found?.isMmx ? bits && bits & mask64 : bits;
}

/** The state with another value of the register; undefined for any other name. A stack register is then not empty. */
export function writeX87(state: X87State, name: string, value: bigint): X87State | undefined {
  if (isWord(name)) return { ...state, [words[name]]: Number(value & 0xffffn) };
  const found = dataRegister(state, name);
  if (found === undefined) return undefined;
  const registers = [...state.registers];
  registers[found.register] = found.isMmx ? (value & mask64) | mmxMark : value & mask80;
  return { ...state, registers, tags: state.tags | (1 << found.register) };
}
