/**
 * The rare instructions, in groups. The code of a group is generated when a program first has one of its instructions:
 * no program has them all, and generating them all would delay every start.
 */
import { type HandlerForm, recordForm } from "./handler-form.js";
import { record } from "./layout.js";
import { maximumMemoryPages } from "./limits.js";
import { RareEmitter, rareLocals } from "./rare-emitter.js";
import { importSharedFunctions } from "./shared-functions.js";
import { FunctionWriter, ModuleWriter, op, type Signature } from "./wasm-writer.js";

/** log2 of the forms in a group. */
export const groupShift = 5;
const formsPerGroup = 1 << groupShift;
/** `execute(record, remaining)`: executes one instruction and returns an exit code. */
export const executeSignature: Signature = { parameters: ["i32", "i32"], results: ["i32"] };

export class RareGroups {
  private readonly modules: (WebAssembly.Module | undefined)[] = [];

  /** `first`: the number of the first handler. */
  constructor(
    private readonly forms: readonly HandlerForm[],
    private readonly first: number,
  ) {}

  /** The module of the group; it exports `execute`. */
  module(group: number): WebAssembly.Module {
    this.modules[group] ??= new WebAssembly.Module(this.generate(group));
    return this.modules[group];
  }

  /** How many groups there are. */
  get count(): number {
    return Math.ceil(this.forms.length / formsPerGroup);
  }

  generate(group: number): Uint8Array<ArrayBuffer> {
    const start = group << groupShift;
    const forms = this.forms.slice(start, start + formsPerGroup);
    const module = new ModuleWriter();
    const functions = importSharedFunctions(module);
    const code = new FunctionWriter(1 << 13);
    const emitter = new RareEmitter(code, functions);
    const outermost = code.depth;
    for (let k = 0; k < forms.length; k++) code.open(op.block);
    code.get(rareLocals.record);
    code.memory(op.i32Load16U, record.original);
    code.i32(this.first + start);
    code.opcode(0x6b); // i32.sub
    code.byte(op.brTable);
    code.unsigned(forms.length - 1);
    for (let k = 0; k < forms.length; k++) code.unsigned(code.depth - (outermost + forms.length - k));
    for (const form of forms) {
      code.end();
      emitter.instruction(recordForm(form));
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
}
