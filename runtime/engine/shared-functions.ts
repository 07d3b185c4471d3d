/** The functions that all modules of a machine share: the interpreter's first module has them, the others import them. */
import type { HelperName } from "../x86/value.js";
import { addAccessFunctions } from "./access-functions.js";
import { addFlagFunctions, importFlagFunctions } from "./flag-functions.js";
import { helpers } from "./helpers.js";
import type { InterpreterFunctions } from "./interpreter-emitter.js";
import type { HelperFunctions } from "./semantics-emitter.js";
import { addSubroutines, importSubroutines } from "./subroutines.js";
import type { ModuleWriter, Signature } from "./wasm-writer.js";

const helperSignature: Signature = { parameters: ["i64", "i64", "i64"], results: ["i64"] };
const helperNames = Object.keys(helpers) as HelperName[];

function importHelpers(module: ModuleWriter): Omit<HelperFunctions, "subroutines"> {
  return {
    helpers: Object.fromEntries(
      helperNames.map((name) => [name, module.importFunction(name, helperSignature)]),
    ) as Record<HelperName, number>,
    vectorHelper: module.importFunction("vectorHelper", { parameters: ["i32", "i32"], results: ["i32"] }),
  };
}

/** Generates the functions and exports them. */
export function addSharedFunctions(module: ModuleWriter): InterpreterFunctions {
  const slowAccess = module.importFunction("slowAccess", { parameters: ["i32", "i32", "i32"], results: ["i32"] });
  const functions = {
    ...importHelpers(module),
    flags: addFlagFunctions(module),
    subroutines: addSubroutines(module),
    ...addAccessFunctions(module, slowAccess),
  };
  const { flags } = functions;
  for (const [name, index] of Object.entries(flags.flags)) module.exportFunction(index, `flag ${name}`);
  for (const [name, index] of flags.conditions) module.exportFunction(index, `condition ${name}`);
  module.exportFunction(flags.all, "all flags");
  for (const name of ["effectiveAddress", "access", "locate"] as const) module.exportFunction(functions[name], name);
  return functions;
}

/** The functions that instructions call, imported into a module of compiled code. */
export function importHelperFunctions(module: ModuleWriter): HelperFunctions {
  return { ...importHelpers(module), subroutines: importSubroutines(module) };
}

/** Imports them into another module. */
export function importSharedFunctions(module: ModuleWriter): InterpreterFunctions {
  return {
    ...importHelperFunctions(module),
    flags: importFlagFunctions(module),
    effectiveAddress: module.importFunction("effectiveAddress", { parameters: ["i32"], results: ["i64"] }),
    access: module.importFunction("access", { parameters: ["i64", "i32"], results: ["i32"] }),
    locate: module.importFunction("locate", { parameters: ["i32", "i32", "i32"], results: ["i32"] }),
  };
}
