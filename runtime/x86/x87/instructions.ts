/**
 * What x87 instructions do, by opcode: the low three bits of the escape byte above the ModR/M byte (Intel SDM vol. 2,
 * appendix A, tables ). Memory is read and written by the semantics (`semantics/x87.ts`).
 */
import type { Vector } from "../vector-helpers/vector.js";
import type { Action } from "./execution.js";
import { partAction } from "./image-parts.js";
import { memoryAction } from "./memory-forms.js";
import { quickActionOf } from "./quick.js";
import { registerAction } from "./register-forms.js";
import type { X87Unit } from "./unit.js";

/** Opcodes from here on are parts of instructions that save or load images. */
const firstPart = 0x800;
const actions = new Map<number, Action | undefined>();
/** By opcode; the images' parts, which have higher ones, have none. */
const quickActions = Array.from({ length: firstPart }, (_, opcode) => quickActionOf(opcode));

function actionOf(opcode: number): Action | undefined {
  if (opcode >= firstPart) return partAction(opcode);
  return (opcode & 0xc0) === 0xc0 ? registerAction(opcode) : memoryAction(opcode);
}

/**
 * Executes the instruction the quick way, if it has one and this is a case for it; otherwise nothing has changed, and
 * it must be executed by `executeX87`. `words`: the unit's state.
 */
export function executeQuickly(words: Uint32Array, opcode: number, operand: Uint32Array, result: Uint32Array): boolean {
  return quickActions[opcode]?.(words, opcode & 7, operand, result) ?? false;
}

/** Executes the instruction (or part of one) with the opcode; see `outcomes`. */
export function executeX87(unit: X87Unit, opcode: number, operand: Vector, result: Vector): number {
  if (!actions.has(opcode)) actions.set(opcode, actionOf(opcode));
  const action = actions.get(opcode);
  if (!action) throw new Error(`there is no x87 instruction with the opcode 0x${opcode.toString(16)}`);
  return action({ unit, index: opcode & 7, operand, result });
}
