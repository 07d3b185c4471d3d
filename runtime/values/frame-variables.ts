/** The variables that the source has in a frame. */
import { guestAddress } from "../base/guest-address.js";
import type { GuestMemory } from "../engine/machine.js";
import { generalRegisterNames } from "../engine/machine.js";
import { generalRegisters } from "../object/call-frames.js";
import type { DebugInformation, SourceFrame } from "../object/debug-information.js";
import type { CallingFrame, FrameValues } from "../object/dwarf/locate.js";
import type { Variable } from "../object/dwarf/variable.js";
import type { StackFrame } from "../threads/types.js";
import { placeOf, type SourceValue, sizeOfType, type ValueSource } from "./source-value.js";

export interface FrameVariable {
  readonly name: string;
  readonly kind: "parameter" | "local" | "global";
  readonly value: SourceValue;
  /** An inner variable has the same name: this one cannot be named where the frame is. */
  readonly isHidden: boolean;
}

/** Tables of virtual functions, which Rust's compiler describes as variables: nobody wrote them. */
const isOfCompiler = /\{vtable\}$/;

/** DWARF's numbers of rip and the first and last SSE register (System V ABI for x86-64, figure 3.36). */
const ripNumber = 16;
const [firstXmm, lastXmm] = [17, 32];

/** The frames of one stack as the source has them, and what its values are read from. It holds until anything changes. */
export class FrameVariables {
  readonly #locals = new Map<number, FrameVariable[]>();
  readonly #globals = new Map<number, FrameVariable[]>();

  constructor(
    private readonly debugInformation: DebugInformation,
    private readonly memory: GuestMemory,
    private readonly source: ValueSource,
    private readonly frames: readonly StackFrame[],
    /** Of the thread: where its own storage ends. */
    private readonly fsBase: bigint | undefined,
  ) {}

  /** Parameters and locals of a frame, the innermost block's first. */
  at(index: number): readonly FrameVariable[] {
    return once(this.#locals, index, () => this.#readLocals(index));
  }

  /** The variables of the frame's unit that lie at fixed places. */
  globalsAt(index: number): readonly FrameVariable[] {
    return once(this.#globals, index, () => this.#readGlobals(index));
  }

  #readLocals(index: number): FrameVariable[] {
    const frame = this.frames[index];
    const own = this.#sourceFrame(index);
    // What a function had on the stack is gone when it has left.
    if (frame === undefined || own === undefined || frame.leftByTailCall) return [];
    return this.#values(this.debugInformation.variablesAt(own, Number(frame.codeAddress)), index, own);
  }

  #readGlobals(index: number): FrameVariable[] {
    const frame = this.frames[index];
    if (frame === undefined) return [];
    const globals = this.debugInformation.globalsAt(Number(frame.codeAddress));
    return this.#values(globals, index, this.#sourceFrame(index)).filter(({ name }) => !isOfCompiler.test(name));
  }

  #values(variables: readonly Variable[], index: number, own: SourceFrame | undefined): FrameVariable[] {
    const values = this.#frameValues(index);
    if (values === undefined) return [];
    const seen = new Set<string>();
    return variables.flatMap((variable): FrameVariable[] => {
      const name = variable.kind === "global" ? variable.qualifiedName : variable.name;
      if (name === undefined) return [];
      const isHidden = seen.has(name);
      seen.add(name);
      const { type } = variable;
      const location = this.debugInformation.locate(variable, own?.home, values);
      const place = placeOf(location, sizeOfType(type), this.source, (number) => {
        const value = values.register(number);
        return value === undefined ? undefined : { value, name: registerName(number) };
      });
      return [{ name, kind: variable.kind, value: { type, place }, isHidden }];
    });
  }

  /** The function, inlined or not, that the frame is of. */
  #sourceFrame(index: number): SourceFrame | undefined {
    const frame = this.frames[index];
    if (frame === undefined) return undefined;
    return this.debugInformation.framesAt(Number(frame.codeAddress))[frame.inlineIndex ?? 0];
  }

  #frameValues(index: number): FrameValues | undefined {
    const frame = this.frames[index];
    if (frame === undefined) return undefined;
    const { registers } = frame;
    return {
      address: Number(frame.codeAddress),
      register(number) {
        if (number === ripNumber) return registers.rip;
        if (number >= firstXmm && number <= lastXmm) return registers.full?.xmm[number - firstXmm];
        const general = generalRegisters[number];
        return general === undefined ? undefined : registers.general[general];
      },
      memory: (address, size) => {
        const bytes = this.memory.read(guestAddress(address), size);
        return bytes.length === size ? bytes : undefined;
      },
      canonicalFrameAddress: frame.canonicalFrameAddress,
      threadLocal: (offset) => {
        const size = this.debugInformation.object.threadLocalSize;
        return this.fsBase === undefined || size === undefined ? undefined : this.fsBase - BigInt(size) + offset;
      },
      caller: () => this.#caller(frame.stackIndex),
    };
  }

  #caller(stackIndex: number): CallingFrame | undefined {
    const index = this.frames.findIndex((frame) => frame.stackIndex === stackIndex + 1 && !frame.leftByTailCall);
    const [frame, values, source] = [this.frames[index], this.#frameValues(index), this.#sourceFrame(index)];
    if (frame === undefined || values === undefined || source === undefined) return undefined;
    return { frame: values, home: source.home, returnAddress: Number(frame.instruction) };
  }
}

/** What `make` makes for the first who asks. */
function once<Value>(known: Map<number, Value>, key: number, make: () => Value): Value {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  return value;
}

function registerName(number: number): string {
  if (number >= firstXmm && number <= lastXmm) return `xmm${number - firstXmm}`;
  return generalRegisterNames[generalRegisters[number] ?? -1] ?? `register ${number}`;
}
