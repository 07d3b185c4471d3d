/**
 * Counts what compiled regions execute, by putting a counting function before each. The engine itself does not count:
 * it would cost time. For profiles only, in a process that does nothing else.
 */
import { regionSignature } from "../../runtime/engine/handlers.js";
import { FunctionWriter, ModuleWriter, op } from "../../runtime/engine/wasm-writer.js";

export interface RegionCounts {
  readonly instructions: number;
  /** How often the interpreter handed over to a region. */
  readonly entries: number;
}

/** Where the counters are in a memory of their own. */
const at = { instructions: 0, entries: 8, depth: 16 } as const;

/**
 * Every function that is put into a table from here on, and has the signature of a region, is counted. `left` is called
 * whenever the interpreter gets control back.
 */
export function countRegions(left: () => void = () => {}): () => RegionCounts {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const module = new WebAssembly.Module(countingModule());
  const { set } = WebAssembly.Table.prototype;
  WebAssembly.Table.prototype.set = function (index: number, entry?: unknown) {
    set.call(this, index, typeof entry === "function" ? counting(entry as WebAssembly.ImportValue) : entry);
  };
  const counting = (region: WebAssembly.ImportValue): WebAssembly.ExportValue => {
    try {
      return new WebAssembly.Instance(module, { engine: { memory, region, left } }).exports
        .counting as WebAssembly.ExportValue;
    } catch (error) {
      // A function of another signature does not link: a group of rare instructions.
      if (error instanceof WebAssembly.LinkError) return region as WebAssembly.ExportValue;
      throw error;
    }
  };
  return () => {
    const counters = new BigInt64Array(memory.buffer);
    return {
      instructions: Number(counters[at.instructions / 8]),
      entries: Number(counters[at.entries / 8]),
    };
  };
}

/** `counting(remaining)`: what the region does, with those that it goes on to, and how many instructions that were. */
function countingModule(): Uint8Array<ArrayBuffer> {
  const module = new ModuleWriter();
  const region = module.importFunction("region", regionSignature);
  const whenLeft = module.importFunction("left", { parameters: [], results: [] });
  const code = new FunctionWriter();
  const [remaining, left] = [0, 1];
  const add32 = (address: number, value: number) => {
    code.i32(0);
    code.i32(0);
    code.memory(op.i32Load, address);
    code.i32(value);
    code.byte(op.i32Add);
    code.memory(op.i32Store, address);
  };
  const add64 = (address: number, value: () => void) => {
    code.i32(0);
    code.i32(0);
    code.memory(op.i64Load, address);
    value();
    code.byte(0x7c); // i64.add
    code.memory(op.i64Store, address);
  };
  // Another region goes on to this one: they must not pile up.
  code.i32(0);
  code.memory(op.i32Load, at.depth);
  code.open(op.if);
  code.get(remaining);
  code.returnCall(region);
  code.end();
  add32(at.depth, 1);
  code.get(remaining);
  code.call(region);
  code.set(left);
  add32(at.depth, -1);
  add64(at.entries, () => code.i64(1n));
  add64(at.instructions, () => {
    // What is left comes as its complement when the stack was switched.
    code.get(remaining);
    code.get(left);
    code.get(left);
    code.i32(31);
    code.byte(0x75); // i32.shr_s
    code.byte(op.i32Xor);
    code.byte(0x6b); // i32.sub
    code.byte(0xac); // i64.extend_i32_s
  });
  code.call(whenLeft);
  code.get(left);
  module.addFunction({ signature: regionSignature, locals: [[1, "i32"]], code, exportName: "counting" });
  return module.finish(1);
}
