/** Which accesses are to the stack segment: what of them is not canonical raises #SS, not #GP. Intel SDM vol. 1, 3.4.2 and 3.7.4. */
import type { DecodedInstruction } from "./decode.js";

const [stackPointer, framePointer] = [4, 5];
/** Their writes, or their reads, are of the stack; operands in memory are accessed the other way. */
const pushing = new Set(["push", "push16", "call", "pushf", "pushfq"]);
const popping = new Set(["pop", "pop16", "popf", "popfq", "ret", "ret imm"]);
const framing = new Set(["enter", "enter16", "leave", "leave16"]);

export function isStackAccess(instruction: DecodedInstruction, isWrite: boolean): boolean {
  const { name = "", memory, segment } = instruction;
  if (framing.has(name) || (isWrite ? pushing : popping).has(name)) return true;
  const isBased = memory?.base === stackPointer || memory?.base === framePointer;
  return isBased && segment === undefined;
}
