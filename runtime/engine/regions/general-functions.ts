/**
 * The second functions of regions, which are right whatever MXCSR is: most regions never need theirs. The place in the
 * table holds a stub until the region is entered for the first time while MXCSR is not as its short ways want it; the
 * stub asks for the function and goes on to it.
 */
import type { EngineMemory } from "../engine-memory.js";
import { regionSignature } from "../handlers.js";
import { state } from "../layout.js";
import { maximumMemoryPages } from "../limits.js";
import { FunctionWriter, ModuleWriter, op } from "../wasm-writer.js";
import { regionLocals } from "./region-locals.js";

/** `regions` is the only table that these modules import. */
const regionsTable = 0;

/** Ends a region's function, which has done nothing yet, by entering the general one at `slot`: rIP is in the state. */
export function emitGeneralEntry(code: FunctionWriter, slot: number, type: number, chains: boolean): void {
  code.i32(0);
  code.i32(slot);
  code.memory(op.i32Store, state.generalSlot);
  code.get(regionLocals.remaining);
  code.i32(slot);
  if (chains) {
    // It may go on to other regions: they must not pile up.
    code.returnCallIndirect(type, regionsTable);
  } else {
    code.callIndirect(type, regionsTable);
    code.byte(op.return);
  }
}

/** The stub. `prepare` puts the function into its place in the table, unless it returns 0: the interpreter goes on. */
export function makeGeneralStub(
  memory: EngineMemory,
  regions: WebAssembly.Table,
  chains: boolean,
  prepare: (slot: number) => number,
): () => number {
  const module = new ModuleWriter();
  module.importTable("regions", 0);
  const type = module.typeOf(regionSignature);
  const prepareIndex = module.importFunction("prepare", { parameters: ["i32"], results: ["i32"] });
  const code = new FunctionWriter();
  const slot = () => {
    code.i32(0);
    code.memory(op.i32Load, state.generalSlot);
  };
  slot();
  code.call(prepareIndex);
  code.open(op.if);
  code.get(regionLocals.remaining);
  slot();
  if (chains) {
    code.returnCallIndirect(type, regionsTable);
  } else {
    code.callIndirect(type, regionsTable);
    code.byte(op.return);
  }
  code.end();
  code.get(regionLocals.remaining);
  module.addFunction({ signature: regionSignature, locals: [], code, exportName: "stub" });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish(maximumMemoryPages)), {
    engine: { memory: memory.wasm, regions, prepare },
  });
  return exports.stub as () => number;
}
