/** Registers by DWARF's numbers (System V ABI for x86-64, figure 3.36). */
import { generalRegisterNames } from "../engine/machine.js";
import { generalRegisters } from "../object/call-frames.js";

export const ripNumber = 16;
export const firstXmm = 17;
export const lastXmm = 32;

export function registerName(number: number): string {
  if (number >= firstXmm && number <= lastXmm) return `xmm${number - firstXmm}`;
  return generalRegisterNames[generalRegisters[number] ?? -1] ?? `register ${number}`;
}
