/**
 * Generates the interpreter: a WebAssembly module whose function `run` executes decoded records (`layout.ts`). Common
 * instruction forms have code of their own in `run`; the rest is in `rare`, where operands are found by address.
 * The semantics come from `runtime/x86`; nothing about any instruction is said here.
 */
import { Builder } from "../x86/builder.js";
import { ImmediateOperand, LocationOperand, MemoryOperand, type Operand, RegisterOperand } from "../x86/operands.js";
import { allDefinitions, type InstructionDefinition } from "../x86/semantics/index.js";
import type { HelperName, OperandPosition, Statement, Width } from "../x86/value.js";
import { addAccessFunctions } from "./access-functions.js";
import { addFlagFunctions } from "./flag-functions.js";
import { FrequentEmitter, frequentLocals } from "./frequent-emitter.js";
import type { InterpreterFunctions } from "./interpreter-emitter.js";
import { exitCodes, firstFaultCode, jumpCache, jumpCacheEntries, record, state } from "./layout.js";
import { RareEmitter, rareLocals } from "./rare-emitter.js";
import { specialisedForms } from "./specialised-forms.js";
import { FunctionWriter, ModuleWriter, op, type Signature } from "./wasm-writer.js";

/** Handlers that are not instructions: they do not count. */
export const pseudoHandlers = {
  /** Looks its own address up: the record is no longer valid. */
  lookup: 0,
  /** Goes on at the record it is linked to, the one for its own address. */
  link: 1,
  breakpoint: 2,
  /** Before and after an instruction that may switch stacks. */
  noteStack: 3,
  checkStack: 4,
  /** The engine does not have this instruction. */
  invalid: 5,
} as const;
const pseudoCount = Object.keys(pseudoHandlers).length;

export interface Handler {
  readonly id: number;
  /** Which operands the semantics write. */
  readonly writes: readonly boolean[];
  /** Its code cannot compute addresses with a segment base or of 32 bits. */
  readonly needsPlainAddress: boolean;
}

/** The module, and which handler executes what: by name, kinds of operands and widths, see `handlerKey`. */
export interface Interpreter {
  readonly module: WebAssembly.Module;
  readonly bytes: Uint8Array;
  readonly handlers: ReadonlyMap<string, Handler>;
}

export function handlerKey(name: string, form: string, widths: readonly Width[]): string {
  return `${name}/${form}/${widths.join(".")}`;
}

export const helperSignature: Signature = { parameters: ["i64", "i64", "i64"], results: ["i64"] };
const helperNames: readonly HelperName[] = [
  "divideUnsigned128",
  "divideSigned128",
  "divideSigned128Overflows",
  "cpuid",
];
export const maximumMemoryPages = 65536;

/** A piece of the interpreter to be generated: a definition in one form; the letters are those of `specialisedForms`. */
interface HandlerForm {
  readonly definition: InstructionDefinition;
  readonly form: string;
  readonly widths: readonly Width[];
  /** Completed when its code is generated. */
  readonly handler: { id: number; writes: readonly boolean[]; needsPlainAddress: boolean };
}

/** Records the semantics of the form, for its code to be generated at once: what is kept costs collecting garbage. */
function recordForm({ definition, form, widths, handler }: HandlerForm): readonly Statement[] {
  const b = new Builder(widths[0] ?? 8);
  const operands = widths.map((width, index) => operandOf(b, form[index] ?? "", index as OperandPosition, width));
  const [first, second, third] = operands;
  // Semantics take as many operands as their variants have: the casts only satisfy those that take fewer.
  definition.semantics(b, first as Operand, second as Operand, third as Operand);
  handler.writes = operands.map((operand) => operand.isWritten);
  return b.finish();
}

function operandOf(b: Builder, letter: string, position: OperandPosition, width: Width): Operand {
  switch (letter) {
    case "r":
    // An immediate lies in the record as a register lies in the state: both are read through an address.
    case "s":
      return new RegisterOperand(b, { kind: "operand", position }, width);
    case "m":
      return new MemoryOperand(b, width);
    case "i":
      return new ImmediateOperand(b, position, width);
    case "b":
      return new ImmediateOperand(b, position, width, true);
    case "a":
      return new LocationOperand(b, position, width);
    default:
      throw new Error(`no operand is written as '${letter}'`);
  }
}

/** Generates and compiles the module. Takes some 20 ms; `sharedInterpreter` does it once. */
export function generateInterpreter(): Interpreter {
  const module = new ModuleWriter();
  const slowAccess = module.importFunction("slowAccess", { parameters: ["i32", "i32", "i32"], results: ["i32"] });
  const helpers = Object.fromEntries(
    helperNames.map((name) => [name, module.importFunction(name, helperSignature)]),
  ) as Record<HelperName, number>;
  const functions: InterpreterFunctions = {
    helpers,
    flags: addFlagFunctions(module),
    ...addAccessFunctions(module, slowAccess),
  };

  const handlers = new Map<string, Handler>();
  const frequent: HandlerForm[] = [];
  for (const { name, form, widths } of specialisedForms) {
    const definition = allDefinitions().get(name);
    if (!definition) throw new Error(`the specialised instruction ${name} is not defined`);
    const handler = { id: pseudoCount + frequent.length, writes: [], needsPlainAddress: true };
    frequent.push({ definition, form, widths, handler });
    for (const letter of form.includes("s") ? ["r", "i"] : [""]) {
      handlers.set(handlerKey(name, form.replace("s", letter), widths), handler);
    }
  }
  const rare: HandlerForm[] = [];
  const firstRare = pseudoCount + frequent.length;
  for (const definition of allDefinitions().values()) {
    for (const { form, widths } of definition.variants) {
      const handler = { id: firstRare + rare.length, writes: [], needsPlainAddress: false };
      rare.push({ definition, form, widths, handler });
      handlers.set(`rare:${handlerKey(definition.name, form, widths)}`, handler);
    }
  }

  const rareFunction = addRare(module, functions, rare, firstRare);
  addRun(module, functions, frequent, rareFunction);
  addStatusFlags(module, functions);
  const bytes = module.finish(maximumMemoryPages);
  return { module: new WebAssembly.Module(bytes), bytes, handlers };
}

/** Opens `count` blocks around a `br_table` over the handler on the stack; others branch to `otherwise`. */
function dispatch(code: FunctionWriter, count: number, otherwise: number): void {
  const outermost = code.depth;
  for (let k = 0; k < count; k++) code.open(op.block);
  code.get(frequentLocals.record);
  code.memory(op.i32Load16U, record.handler);
  code.byte(op.brTable);
  code.unsigned(count);
  // The handler k begins behind the block that was opened k-th from the inside.
  for (let k = 0; k < count; k++) code.unsigned(code.depth - (outermost + count - k));
  code.unsigned(code.depth - otherwise);
}

/** `rare(record, remaining)`: executes one instruction and returns an exit code. */
function addRare(
  module: ModuleWriter,
  functions: InterpreterFunctions,
  forms: readonly HandlerForm[],
  firstRare: number,
): number {
  const code = new FunctionWriter(1 << 16);
  const emitter = new RareEmitter(code, functions);
  const outermost = code.depth;
  for (let k = 0; k < forms.length; k++) code.open(op.block);
  code.get(rareLocals.record);
  code.memory(op.i32Load16U, record.handler);
  code.i32(firstRare);
  code.opcode(0x6b);
  code.byte(op.brTable);
  code.unsigned(forms.length - 1);
  for (let k = 0; k < forms.length; k++) code.unsigned(code.depth - (outermost + forms.length - k));
  for (const form of forms) {
    code.end();
    emitter.instruction(recordForm(form));
  }
  code.byte(op.unreachable);
  return module.addFunction({
    signature: { parameters: ["i32", "i32"], results: ["i32"] },
    locals: rareLocals.declarations,
    code,
  });
}

/** `run(record, limit)`: executes from `record` on until something is up, and returns an exit code. */
function addRun(
  module: ModuleWriter,
  functions: InterpreterFunctions,
  forms: readonly HandlerForm[],
  rareFunction: number,
): void {
  const code = new FunctionWriter(1 << 16);
  const local = frequentLocals;
  const emitter = new FrequentEmitter(code, functions);
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
  dispatch(code, pseudoCount + forms.length, rare);

  // Pseudo handlers, in the order of their numbers; none of them counts.
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
    emitter.instruction(recordForm(form));
  }

  code.end(); // rare
  emitter.storeFlags();
  code.get(local.record);
  code.get(local.remaining);
  code.call(rareFunction);
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

let shared: Interpreter | undefined;

/** The interpreter, generated when it is first asked for. */
export function sharedInterpreter(): Interpreter {
  shared ??= generateInterpreter();
  return shared;
}
