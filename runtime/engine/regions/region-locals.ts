/** The locals of a region's function, and what is said in them when the region is left. */
import { operations } from "../../x86/operations.js";
import { state } from "../layout.js";
import { type FunctionWriter, type LocalType, op } from "../wasm-writer.js";
import { vectorLocalsFrom } from "./vector-registers.js";

/** Locals of a region's function, the parameter first. */
export const regionLocals = {
  remaining: 0,
  /** Why the region is left: see `outcomes`. */
  outcome: 1,
  kind: 2,
  /** An entry of the region table. */
  entry: 3,
  /** Where the exit that is being taken is noted. */
  site: 4,
  /** The number of the block that control is on its way to, through the headers of loops; 0: it is not. */
  selector: 5,
  /** The lower halves of the parts of the flags, where all of them are 32-bit numbers. */
  lowA: 46,
  lowB: 47,
  lowResult: 48,
  general: 49,
  a: 65,
  b: 66,
  result: 67,
  instructionPointer: 68,
  oldStack: 69,
  target: 70,
  declarations: [
    [48, "i32"],
    [118, "i64"],
  ],
} as const;

export const vectorLocals = vectorLocalsFrom(
  regionLocals.declarations.reduce((index, [count]) => index + count, 1 /* the parameter */),
);

/** The vectors are the last locals: as many are declared as are needed. */
export const scratch = { i32: [6, 40], i64: [71, 96], v128: [vectorLocals.end, 200] } as const;

/** The locals of a function that `emitter` has emitted. */
export function localsOf(emitter: { readonly mostVectors: number }): readonly (readonly [number, LocalType])[] {
  return [...regionLocals.declarations, ...vectorLocals.declarations, [emitter.mostVectors, "v128"]];
}

export const outcomes = {
  /** It is done: what follows may be another region. */
  done: 0,
  /** The interpreter is to execute what follows. */
  interpret: 1,
  /** Behind a switch of stacks. */
  stackSwitch: -1,
} as const;

/** Rounding control, and the precision exception masked and noted: what the short ways of `FloatOperations` ask for. */
const mxcsrOfShortWays = { mask: 0x7020, value: 0x1020 };

/** Pushes whether MXCSR is so. */
export function pushIsOrdinary(code: FunctionWriter): void {
  code.i32(0);
  code.memory(op.i32Load, state.mxcsr);
  code.i32(mxcsrOfShortWays.mask);
  code.opcode(operations["i32.and"][0]);
  code.i32(mxcsrOfShortWays.value);
  code.opcode(operations["i32.eq"][0]);
}
