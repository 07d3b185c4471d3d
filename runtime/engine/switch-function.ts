/**
 * The function in which the interpreter decides a switch of stacks, for itself and for regions that could not. All state
 * is in memory.
 */
import { state } from "./layout.js";
import { SwitchEmitter } from "./switch-emitter.js";
import { siteField } from "./switch-layout.js";
import { FunctionWriter, type ModuleWriter, op } from "./wasm-writer.js";

const recordLocal = 0;
const remainingLocal = 1;

/** Adds it: (check record, instructions that are left) → 1 when another thread runs now, 0 when nobody decided that. */
export function addSwitchFunction(module: ModuleWriter): number {
  const code = new FunctionWriter();
  const load = (opcode: number, address: number) => {
    code.i32(0);
    code.memory(opcode, address);
  };
  const field = (opcode: number, offset: number) => {
    code.get(recordLocal);
    code.memory(opcode, offset);
  };
  const flags = { a: state.flagA, b: state.flagB, result: state.flagResult } as const;
  const emitter = new SwitchEmitter(
    code,
    { i32: 2, i64: 6 },
    {
      isKnown: () => field(op.i32Load, siteField.number),
      number: () => field(op.i32Load, siteField.number),
      returnDistance: () => field(op.i32Load, siteField.returnDistance),
      homeAddress: () => {
        field(op.i32Load8U, siteField.holder);
        code.memory(op.i64Load, state.general);
        field(op.i64Load, siteField.homeOffset);
        code.opcode(0x7c); // i64.add
      },
      homeWords: () => field(op.i32Load8U, siteField.homeWords),
      saved: 0,
    },
    {
      general: (index) => load(op.i64Load, state.general + 8 * index),
      flag: (part) => (part === "kind" ? load(op.i32Load, state.flagKind) : load(op.i64Load, flags[part])),
      from: () => load(op.i64Load, state.switchedFrom),
      count: () => {
        load(op.i64Load, state.countAtEnd);
        code.get(remainingLocal);
        code.opcode(0xad); // i64.extend_i32_u
        code.opcode(0x7d); // i64.sub
      },
    },
    true,
  );
  const undecided = code.open(op.block);
  emitter.emit(undecided);
  code.i32(1);
  code.byte(op.return);
  code.end();
  code.i32(0);
  return module.addFunction({
    signature: { parameters: ["i32", "i32"], results: ["i32"] },
    locals: [
      [4, "i32"],
      [1, "i64"],
    ],
    code,
  });
}
