/** What views of the x87 FPU say of its state. */
import type { X87State } from "../engine/machine.js";
import { initialControl, physicalRegister } from "../engine/x87-registers.js";

export { mmxNames, readX87, x87StackNames, x87WordNames } from "../engine/x87-registers.js";

const mask64 = (1n << 64n) - 1n;

/** ST(i) is empty. */
export function isEmptyX87(state: X87State, index: number): boolean {
  return (state.tags & (1 << physicalRegister(state.status, index))) === 0;
}

/** Nothing was done with the unit since FNINIT, and FNINIT's control word holds. */
export function isUntouchedX87({ tags, status, control }: X87State): boolean {
  return tags === 0 && status === 0 && control === initialControl;
}

/** A number of 80 bits as text: exact where a double can hold it, with 17 digits and a power of two where it is out of range. */
export function describeExtended(bits: bigint): string {
  const sign = bits >> 79n === 0n ? "" : "-";
  const exponent = Number((bits >> 64n) & 0x7fffn);
  const significand = bits & mask64;
  const fraction = significand & (mask64 >> 1n);
  if (exponent === 0x7fff) return fraction === 0n ? `${sign}inf` : "nan";
  if (significand === 0n) return `${sign}0`;
  const power = Math.max(exponent, 1) - 0x3fff;
  const mantissa = Number(significand) / 2 ** 63;
  return Math.abs(power) < 1000 ? `${sign}${mantissa * 2 ** power}` : `${sign}${mantissa} · 2^${power}`;
}
