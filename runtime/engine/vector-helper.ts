/** The function that generated code calls for vector helpers: operands and result pass through the engine's area. */
import { Vector, vectorHelperId, vectorHelpers } from "../x86/vector-helpers/index.js";
import { outcomes } from "../x86/x87/execution.js";
import { executeQuickly } from "../x86/x87/instructions.js";
import { unitWords, X87Unit } from "../x86/x87/unit.js";
import type { EngineMemory } from "./engine-memory.js";
import { state } from "./layout.js";

/** (number of the helper, control) → what it returns. */
export function createVectorHelper(engine: EngineMemory): (id: number, control: number) => number {
  const [first, second, result, third] = [new Vector(), new Vector(), new Vector(), new Vector()];
  let words = new Uint32Array(0);
  let [operandWords, resultWords] = [words, words];
  let x87 = new X87Unit(words);
  const x87Id = vectorHelperId("x87");
  return (id, control) => {
    // A view of memory that has grown since is empty.
    if (words.length === 0) {
      words = new Uint32Array(engine.wasm.buffer, state.helperFirst, 16);
      operandWords = words.subarray(0, 4);
      resultWords = words.subarray(8, 12);
      x87 = new X87Unit(new Uint32Array(engine.wasm.buffer, state.x87, unitWords));
    }
    if (id === x87Id && executeQuickly(x87.words, control, operandWords, resultWords)) return outcomes.done;
    for (let i = 0; i < 4; i++) {
      const word = words[i] ?? 0;
      first.words[i] = word;
      result.words[i] = word;
      second.words[i] = words[4 + i] ?? 0;
      third.words[i] = words[12 + i] ?? 0;
    }
    const status = vectorHelpers[id]?.(result, first, second, control, x87, third);
    if (status === undefined) throw new Error(`there is no vector helper ${id}`);
    for (let i = 0; i < 4; i++) words[8 + i] = result.words[i] ?? 0;
    return status;
  };
}
