/** The instances of the interpreter's modules of one machine, and the table that they share with its compiled regions. */
import type { CompiledInterpreter } from "./compiled-interpreter.js";
import { groupCount } from "./handlers.js";

export interface InterpreterExports {
  run(record: number, limit: number): number;
  statusFlags(): number;
  "all flags"(kind: number, a: bigint, b: bigint, result: bigint): bigint;
}

export class InterpreterInstance {
  readonly exports: InterpreterExports;
  /** The functions of compiled regions. */
  readonly regions = new WebAssembly.Table({ element: "anyfunc", initial: 0 });
  /** What the modules of rare instructions and of regions import. */
  readonly shared: WebAssembly.ModuleImports;
  private readonly rare = new WebAssembly.Table({ element: "anyfunc", initial: groupCount() });
  private readonly loaded = new Set<number>();

  /** `imports`: the memory and functions of the host; `slowAccess` is for the interpreter alone. */
  constructor(
    private readonly interpreter: CompiledInterpreter,
    private readonly imports: WebAssembly.ModuleImports,
    private readonly slowAccess: (low: number, high: number, kind: number) => number,
  ) {
    const { rare, regions } = this;
    const { exports } = new WebAssembly.Instance(interpreter.main, {
      engine: { ...imports, slowAccess, rare, regions },
    });
    // The module was generated with these exports.
    this.exports = exports as unknown as InterpreterExports;
    this.shared = { ...imports, ...exports } as WebAssembly.ModuleImports;
  }

  loadGroup(group: number): void {
    if (this.loaded.has(group)) return;
    this.loaded.add(group);
    const { exports } = new WebAssembly.Instance(this.interpreter.group(group), { engine: this.shared });
    this.rare.set(group, exports.execute as () => number);
  }

  /** Another one that does the same. It keeps nothing of its own: all state is in the memory. */
  renewed(): InterpreterInstance {
    const next = new InterpreterInstance(this.interpreter, this.imports, this.slowAccess);
    for (const group of this.loaded) next.loadGroup(group);
    return next;
  }
}
