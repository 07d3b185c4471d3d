import { setFlagsFromString } from "node:v8";

/**
 * How many bytes of compiled code a WebAssembly function executes before V8 optimises it, by default: as
 * `node --v8-options` tells it, by Node's major version. Of others it is not known, and they stay as they are.
 */
const budgets: Readonly<Record<string, number>> = { "20": 1_800_000, "24": 13_000_000 };
/** The largest there is: some ten thousand guest instructions, since every one of them is a jump across the interpreter. */
const largest = 2 ** 31 - 1;

/**
 * Makes something that contains the interpreter, which V8 is told to optimise later than other code. Optimising it takes
 * a thread of V8's nearly 100 ms, and the process cannot end before: a hello world would wait for it at its end.
 */
export function withPatientInterpreter<Made>(make: () => Made): Made {
  const usual = budgets[process.versions.node.split(".", 1)[0] ?? ""];
  if (usual === undefined) return make();
  setFlagsFromString(`--wasm-tiering-budget=${largest}`);
  try {
    return make();
  } finally {
    setFlagsFromString(`--wasm-tiering-budget=${usual}`);
  }
}
