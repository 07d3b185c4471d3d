/** The functions that the subroutines of the semantics become. */
import { Builder } from "../x86/builder.js";
import type { ValueType } from "../x86/operations.js";
import { type SubroutineName, subroutines } from "../x86/subroutines.js";
import { Value } from "../x86/value.js";
import { FormulaEmitter } from "./flag-functions.js";
import { FunctionWriter, type ModuleWriter, type Signature } from "./wasm-writer.js";

/** Indexes of the functions. */
export type Subroutines = Readonly<Record<SubroutineName, number>>;

const names = Object.keys(subroutines) as SubroutineName[];
/** Locals of each type. */
const room = { i32: 40, i64: 80, v128: 64 } as const;

const signatureOf = (name: SubroutineName): Signature => ({
  parameters: subroutines[name].parameters,
  results: ["v128"],
});
const exportName = (name: SubroutineName) => `subroutine ${name}`;

export function importSubroutines(module: ModuleWriter): Subroutines {
  const entries = names.map((name) => [name, module.importFunction(exportName(name), signatureOf(name))]);
  return Object.fromEntries(entries) as Subroutines;
}

export function addSubroutines(module: ModuleWriter): Subroutines {
  return Object.fromEntries(names.map((name) => [name, addSubroutine(module, name)])) as Subroutines;
}

function addSubroutine(module: ModuleWriter, name: SubroutineName): number {
  const { parameters, record } = subroutines[name];
  const b = new Builder(16);
  const inputs = parameters.map((type, local) => {
    const value = new Value(type, { kind: "variable" });
    value.local = local;
    return value;
  });
  const result = record(b, inputs);
  result.uses++;
  const first = parameters.length;
  const code = new FunctionWriter();
  const emitter = new FormulaEmitter(code, {
    i32: [first, room.i32],
    i64: [first + room.i32, room.i64],
    v128: [first + room.i32 + room.i64, room.v128],
  });
  emitter.emit(b.finish(), result);
  const locals: [number, ValueType][] = [
    [room.i32, "i32"],
    [room.i64, "i64"],
    [room.v128, "v128"],
  ];
  return module.addFunction({ signature: signatureOf(name), locals, code, exportName: exportName(name) });
}
