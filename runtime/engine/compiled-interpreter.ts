/** The interpreter's modules, compiled once for all machines, a group of rare instructions when it is asked for. */
import { groupCount } from "./handlers.js";
import { interpreterImage } from "./image-source.js";

export class CompiledInterpreter {
  private readonly image = interpreterImage();
  readonly main = new WebAssembly.Module(this.image.main());
  private readonly groups: (WebAssembly.Module | undefined)[] = Array(groupCount());

  /** The module of a group of rare instructions; it exports `execute`. */
  group(number: number): WebAssembly.Module {
    this.groups[number] ??= new WebAssembly.Module(this.image.group(number));
    return this.groups[number];
  }

  /** Which operands the semantics of the handler write: bit k, operand k. */
  writes(handler: number): number {
    return this.image.writes(handler);
  }
}

let shared: CompiledInterpreter | undefined;

/** The interpreter, compiled when it is first asked for. */
export function sharedInterpreter(): CompiledInterpreter {
  shared ??= new CompiledInterpreter();
  return shared;
}
