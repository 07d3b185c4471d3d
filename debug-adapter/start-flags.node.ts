/**
 * What V8 is told about a process that may be over in a moment, or that somebody waits for. Both were measured, with a
 * static hello world and with the first steps in a debugger: V8's threads have work that pays off in longer programs,
 * and takes the processors from what is wanted now; and the process cannot end before it is done.
 */
import { setFlagsFromString } from "node:v8";

/**
 * How many bytes of compiled code a WebAssembly function executes before V8 optimises it, by default: as
 * `node --v8-options` tells it, by Node's major version. Of others it is not known, and they stay as they are.
 */
const tieringBudgets: Readonly<Record<string, number>> = { "20": 1_800_000, "24": 13_000_000 };
/** The largest there is: some ten thousand guest instructions, since every one of them is a jump across the interpreter. */
const largestBudget = 2 ** 31 - 1;
let timer: NodeJS.Timeout | undefined;

/** JavaScript is not optimised in the first moments: so many milliseconds. */
export function optimiseLater(patience: number): void {
  setFlagsFromString("--no-opt");
  timer = setTimeout(optimiseNow, patience).unref();
}

/** JavaScript is optimised from now on: there is much to do. */
export function optimiseNow(): void {
  clearTimeout(timer);
  setFlagsFromString("--opt");
}

/** Makes something that contains the interpreter, which V8 optimises later than other code: it takes nearly 100 ms. */
export function withPatientInterpreter<Made>(make: () => Made): Made {
  const usual = tieringBudgets[process.versions.node.split(".", 1)[0] ?? ""];
  if (usual === undefined) return make();
  setFlagsFromString(`--wasm-tiering-budget=${largestBudget}`);
  try {
    return make();
  } finally {
    setFlagsFromString(`--wasm-tiering-budget=${usual}`);
  }
}
