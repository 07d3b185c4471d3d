/**
 * The code of the rare instructions, in groups: a group becomes a module when a program first has one of its
 * instructions. No program has them all, and compiling them all would delay every start.
 */
import { recordForm } from "./handler-form.js";
import { firstRare, groupShift, type HandlerForm } from "./handlers.js";
import { record } from "./layout.js";
import { maximumMemoryPages } from "./limits.js";
import { RareEmitter, rareLocals } from "./rare-emitter.js";
import { importSharedFunctions } from "./shared-functions.js";
import { FunctionWriter, ModuleWriter, op, type Signature } from "./wasm-writer.js";

const formsPerGroup = 1 << groupShift;
/** `execute(record, remaining)`: executes one instruction and returns an exit code. */
export const executeSignature: Signature = { parameters: ["i32", "i32"], results: ["i32"] };

/** The module of the group; it exports `execute`. `all`: the forms of all rare handlers. */
export function generateGroup(group: number, all: readonly HandlerForm[]): Uint8Array<ArrayBuffer> {
  const start = group << groupShift;
  const forms = all.slice(start, start + formsPerGroup);
  const module = new ModuleWriter();
  const functions = importSharedFunctions(module);
  const code = new FunctionWriter(1 << 13);
  const emitter = new RareEmitter(code, functions);
  const outermost = code.depth;
  for (let k = 0; k < forms.length; k++) code.open(op.block);
  code.get(rareLocals.record);
  code.memory(op.i32Load16U, record.original);
  code.i32(firstRare + start);
  code.opcode(0x6b); // i32.sub
  code.byte(op.brTable);
  code.unsigned(forms.length - 1);
  for (let k = 0; k < forms.length; k++) code.unsigned(code.depth - (outermost + forms.length - k));
  for (const form of forms) {
    code.end();
    emitter.instruction(recordForm(form).statements);
  }
  code.byte(op.unreachable);
  module.addFunction({
    signature: executeSignature,
    locals: rareLocals.declarations,
    code,
    exportName: "execute",
  });
  return module.finish(maximumMemoryPages);
}
