/**
 * Generates the interpreter: a WebAssembly module whose function `run` executes decoded records (`layout.ts`). Common
 * instruction forms have code of their own in `run`; the rest is in groups (`rare-groups.ts`), where operands are found by address.
 * The semantics come from `runtime/x86`; nothing about any instruction is said here.
 */
import { FrequentEmitter, frequentLocals } from "./frequent-emitter.js";
import { recordForm } from "./handler-form.js";
import {
  firstRare,
  firstSpecialised,
  formsOfHandlers,
  groupCount,
  groupShift,
  type HandlerForm,
  regionSignature,
} from "./handlers.js";
import type { InterpreterFunctions } from "./interpreter-emitter.js";
import { exitCodes, firstFaultCode, jumpCache, jumpCacheEntries, record, state } from "./layout.js";
import { maximumMemoryPages } from "./limits.js";
import { executeSignature } from "./rare-groups.js";
import { addSharedFunctions } from "./shared-functions.js";
import { addSwitchFunction } from "./switch-function.js";
import { FunctionWriter, ModuleWriter, op } from "./wasm-writer.js";

/** The module of the frequent instructions. It exports `run`, `statusFlags` and the functions that all modules share. */
export function generateInterpreter(): Uint8Array<ArrayBuffer> {
  const module = new ModuleWriter();
  const functions = addSharedFunctions(module);
  const tables = { rare: module.importTable("rare", groupCount()), regions: module.importTable("regions", 0) };
  addRun(module, functions, formsOfHandlers().specialised, tables);
  addStatusFlags(module, functions);
  return module.finish(maximumMemoryPages);
}

/** Opens `count` blocks; the handler k begins behind the block that was opened k-th from the inside. */
function openHandlers(code: FunctionWriter, count: number): number[] {
  const labels = Array.from({ length: count }, () => code.open(op.block));
  return labels.reverse();
}

/** Branches to the handler that a field of the record names; those that are not among the labels are `otherwise`. */
function branchToHandler(code: FunctionWriter, field: number, labels: readonly number[], otherwise: number): void {
  code.get(frequentLocals.record);
  code.memory(op.i32Load16U, field);
  code.byte(op.brTable);
  code.unsigned(labels.length);
  // A block that is closed is one of the first two, which no original handler is.
  for (const label of [...labels, otherwise]) code.unsigned(code.depth - (label > code.depth ? otherwise : label));
}

/** `run(record, limit)`: executes from `record` on until something is up, and returns an exit code. */
function addRun(
  module: ModuleWriter,
  functions: InterpreterFunctions,
  forms: readonly HandlerForm[],
  tables: { readonly rare: number; readonly regions: number },
): void {
  const code = new FunctionWriter(1 << 16);
  const local = frequentLocals;
  const emitter = new FrequentEmitter(code, functions, addSwitchFunction(module));
  emitter.loadFlags();

  const out = code.open(op.block);
  const fault = code.open(op.block);
  const stop = code.open(op.block);
  const next = code.open(op.loop);
  const jump = code.open(op.block);
  emitter.labels = { out, fault, next, jump };

  // The limit is looked at before every instruction.
  code.get(local.remaining);
  code.opcode(0x45);
  code.open(op.if);
  code.i32(exitCodes.limit);
  code.set(local.exit);
  code.branch(stop);
  code.end();
  emitter.addRemaining(-1);

  const rare = code.open(op.block);
  const labels = openHandlers(code, firstSpecialised + forms.length);
  branchToHandler(code, record.handler, labels, rare);

  // Pseudo handlers, in the order of their numbers; none of them counts.
  code.end();
  emitter.enterRegion(module.typeOf(regionSignature), tables.regions, stop);
  branchToHandler(code, record.original, labels, rare);

  code.end();
  emitter.countVisit(stop);
  branchToHandler(code, record.original, labels, rare);

  code.end();
  emitter.addRemaining(1);
  code.get(local.record);
  code.memory(op.i64Load32U, record.address);
  code.set(local.target);
  code.branch(jump);

  code.end();
  emitter.addRemaining(1);
  emitter.followLink(() => {
    code.get(local.record);
    code.memory(op.i64Load32U, record.address);
  });

  code.end();
  emitter.addRemaining(1);
  code.i32(exitCodes.breakpoint);
  code.set(local.exit);
  code.branch(stop);

  code.end();
  emitter.addRemaining(1);
  emitter.noteStack();
  emitter.goOn();

  code.end();
  emitter.addRemaining(1);
  emitter.checkStack(stop);
  emitter.goOn();

  code.end();
  emitter.exitWithFault(exitCodes.invalidOpcode);

  for (const form of forms) {
    code.end();
    emitter.instruction(recordForm(form).statements);
  }

  code.end(); // rare
  emitter.storeFlags();
  emitter.noteRest();
  code.get(local.record);
  code.get(local.remaining);
  code.get(local.record);
  code.memory(op.i32Load16U, record.original);
  code.i32(firstRare);
  code.opcode(0x6b); // i32.sub
  code.i32(groupShift);
  code.opcode(0x76); // i32.shr_u
  code.callIndirect(module.typeOf(executeSignature), tables.rare);
  code.byte(op.localTee);
  code.unsigned(local.exit);
  emitter.loadFlags();
  code.opcode(0x45);
  code.open(op.if);
  emitter.goOn();
  code.end();
  code.get(local.exit);
  code.i32(exitCodes.jump);
  code.opcode(0x46);
  code.open(op.if);
  code.i32(0);
  code.memory(op.i64Load, state.instructionPointer);
  code.set(local.target);
  code.branch(jump);
  code.end();
  code.get(local.exit);
  code.i32(firstFaultCode);
  code.opcode(0x4e); // i32.ge_s
  code.branch(fault, op.brIf);
  code.branch(out);

  code.end(); // jump: find the record of the address in `target`
  code.get(local.target);
  code.opcode(0xa7);
  code.i32(jumpCacheEntries - 1);
  code.opcode(0x71);
  code.i32(3);
  code.opcode(0x74);
  code.byte(op.localTee);
  code.unsigned(local.entry);
  code.memory(op.i64Load32U, jumpCache);
  code.get(local.target);
  code.opcode(0x51);
  code.open(op.if);
  code.get(local.entry);
  code.memory(op.i32Load, jumpCache + 4);
  code.set(local.record);
  code.branch(next);
  code.end();
  code.i32(0);
  code.get(local.target);
  code.memory(op.i64Store, state.instructionPointer);
  code.i32(exitCodes.lookup);
  code.set(local.exit);
  code.branch(out);
  code.end(); // loop

  code.end(); // stop: at the record, before it
  emitter.setInstructionPointer();
  code.branch(out);

  code.end(); // fault: the instruction was counted, and did not happen
  emitter.addRemaining(1);
  emitter.setInstructionPointer();

  code.end(); // out
  emitter.storeFlags();
  for (const [address, index] of [
    [state.remaining, local.remaining],
    [state.record, local.record],
  ] as const) {
    code.i32(0);
    code.get(index);
    code.memory(op.i32Store, address);
  }
  code.get(local.exit);
  module.addFunction({
    signature: { parameters: ["i32", "i32"], results: ["i32"] },
    locals: local.declarations,
    code,
    exportName: "run",
  });
}

/** `statusFlags()`: the six flags as bits of RFLAGS, from the state that `run` left. */
function addStatusFlags(module: ModuleWriter, functions: InterpreterFunctions): void {
  const code = new FunctionWriter();
  code.i32(0);
  code.memory(op.i32Load, state.flagKind);
  for (const address of [state.flagA, state.flagB, state.flagResult]) {
    code.i32(0);
    code.memory(op.i64Load, address);
  }
  code.call(functions.flags.all);
  code.opcode(0xa7);
  module.addFunction({
    signature: { parameters: [], results: ["i32"] },
    locals: [],
    code,
    exportName: "statusFlags",
  });
}
