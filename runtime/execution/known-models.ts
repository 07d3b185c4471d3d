/** Runtimes that are known by their symbols and the layout of their data: the designs of the samples in C and Rust. */
import type { ProgramImage, ProgramSymbol } from "../base/program-image.js";
import type { ThreadModelDeclaration } from "./thread-model.js";

/** The model for the program's runtime, if it is one of those. */
export function knownThreadModel(image: ProgramImage): ThreadModelDeclaration | undefined {
  return threadTableInC(image) ?? runtimeInRust(image);
}

/** rsp, r15 to r12, rbx and rbp, one after the other, from `offset` in a thread on. */
function savedFrom(offset: number): Record<string, string> {
  const names = ["r15", "r14", "r13", "r12", "rbx", "rbp"];
  return Object.fromEntries(names.map((name, index) => [name, `thread + ${offset + 8 * (index + 1)}`]));
}

/** `gttbl`, an array of `struct gt { context; int state; char *stack; function; }`: see samples/gthreads. */
function threadTableInC(image: ProgramImage): ThreadModelDeclaration | undefined {
  const size = 80;
  const find = (wanted: string) =>
    image.symbolNamed === undefined ? image.symbols.find(({ name }) => name === wanted) : image.symbolNamed(wanted);
  const table = find("gttbl");
  if (!table || table.size === 0 || table.size % size !== 0) return undefined;
  if (!find("gtcur") || !find("gtswtch") || !find("gtyield") || !find("gtstop")) return undefined;
  return {
    table: { first: "gttbl", size },
    hasBase: true,
    fields: {
      stackPointer: "*(long*)thread",
      state: "*(int*)(thread + 56)",
      stackLow: "*(long*)(thread + 64)",
      stackSize: "0x8000",
      entry: "*(long*)(thread + 72)",
    },
    states: { available: 0, running: 1, ready: 2 },
    saved: savedFrom(0),
    functions: { yield: ["gtyield"], finish: ["gtstop"], bottom: ["gtstop"] },
  };
}

/**
 * `static mut RUNTIME: *mut Runtime`, with `Runtime { threads: Vec<Thread>, current }`, as rustc lays out the `Thread` of
 * samples/rust-runtime, or with a pointer to the thread in its context, as in samples/rust-closures. Another layout shows
 * states that are none, and is not believed.
 */
function runtimeInRust(image: ProgramImage): ThreadModelDeclaration | undefined {
  const runtime = find(image, "RUNTIME");
  const guard = find(image, "guard");
  const yields = find(image, "t_yield");
  if (!runtime || !guard || !yields) return undefined;
  const pointer = `*(long*)${runtime.address}`;
  const call = find(image, "call");
  const layout = call ? { size: 120, state: 112 } : { size: 104, state: 96 };
  const skip = find(image, "skip");
  return {
    table: { first: `*(long*)(${pointer} + 8)`, size: layout.size, count: `*(long*)(${pointer} + 16)` },
    hasBase: true,
    fields: {
      stackPointer: "*(long*)(thread + 32)",
      state: `*(u8*)(thread + ${layout.state})`,
      stackLow: "*(long*)(thread + 8)",
      stackSize: "*(long*)(thread + 16)",
      entry: call ? `${call.address}` : "*(long*)(thread + 88)",
    },
    states: { available: 0, running: 1, ready: 2 },
    saved: savedFrom(32),
    functions: {
      yield: [yields.name],
      finish: [guard.name],
      bottom: [guard.name],
      subtle: [skip, call].flatMap((symbol) => (symbol ? [symbol.name] : [])),
    },
  };
}

/** By the last part of its mangled name (the legacy mangling: lengths and parts, then a hash). */
function find(image: ProgramImage, part: string): ProgramSymbol | undefined {
  const pattern = new RegExp(`^_ZN\\w*\\d${part}17h[0-9a-f]{16}E(\\.\\d+)?$`);
  return (image.symbolsWith?.(`${part}17h`) ?? image.symbols).find(({ name }) => pattern.test(name));
}
