/** The function that generated code calls for vector helpers: operands and result pass through the engine's area. */
import { Vector, vectorHelpers } from "../x86/vector-helpers/index.js";
import { unitWords, X87Unit } from "../x86/x87/unit.js";
import type { EngineMemory } from "./engine-memory.js";
import { state } from "./layout.js";

/** (number of the helper, control) → what it returns. */
export function createVectorHelper(engine: EngineMemory): (id: number, control: number) => number {
  const [first, second, result] = [new Vector(), new Vector(), new Vector()];
  let words = new Uint32Array(0);
  let x87 = new X87Unit(words);
  return (id, control) => {
    // A view of memory that has grown since is empty.
    if (words.length === 0) {
      words = new Uint32Array(engine.wasm.buffer, state.helperFirst, 12);
      x87 = new X87Unit(new Uint32Array(engine.wasm.buffer, state.x87, unitWords));
    }
    for (let i = 0; i < 4; i++) {
      const word = words[i] ?? 0;
      first.words[i] = word;
      result.words[i] = word;
      second.words[i] = words[4 + i] ?? 0;
    }
    const status = vectorHelpers[id]?.(result, first, second, control, x87);
    if (status === undefined) throw new Error(`there is no vector helper ${id}`);
    for (let i = 0; i < 4; i++) words[8 + i] = result.words[i] ?? 0;
    return status;
  };
}
