/** The variables that the source has in a frame. */
import { guestAddress } from "../base/guest-address.js";
import type { LazyList } from "../base/lazy-list.js";
import type { SourcePosition } from "../base/source.js";
import type { GuestMemory } from "../engine/machine.js";
import { generalRegisters } from "../object/call-frames.js";
import type { DebugInformation } from "../object/debug-information.js";
import type { CallingFrame, FrameValues } from "../object/dwarf/locate.js";
import type { StackFrame } from "../threads/types.js";
import { firstXmm, lastXmm, ripNumber } from "./register-names.js";
import type { SourceValue, ValueSource } from "./source-value.js";
import { VisibleNames, type VisibleVariable } from "./visible-names.js";

export interface FrameVariable {
  readonly name: string;
  readonly kind: "parameter" | "local" | "global";
  readonly value: SourceValue;
  /** An inner variable has the same name: this one cannot be named where the frame is. */
  readonly isHidden: boolean;
  /** Where the source declares it. */
  readonly declaration: SourcePosition | undefined;
}

/** The frames of one stack as the source has them, and what its values are read from. It holds until anything changes. */
export class FrameVariables {
  readonly #locals = new Map<number, FrameVariable[]>();
  readonly #globals = new Map<number, FrameVariable[]>();

  constructor(
    private readonly debugInformation: DebugInformation,
    private readonly memory: GuestMemory,
    private readonly source: ValueSource,
    private readonly frames: LazyList<StackFrame>,
    /** Of the thread: where its own storage ends. */
    private readonly fsBase: bigint | undefined,
  ) {}

  /** Parameters and locals of a frame, the innermost block's first. */
  at(index: number): readonly FrameVariable[] {
    // What a function had on the stack is gone when it has left.
    if (this.frames.at(index)?.leftByTailCall) return [];
    return once(this.#locals, index, () => this.#values(this.namesAt(index)?.locals, index));
  }

  /** The variables of the frame's unit that lie at fixed places. */
  globalsAt(index: number): readonly FrameVariable[] {
    return once(this.#globals, index, () => this.#values(this.namesAt(index)?.globals, index));
  }

  #values(variables: readonly VisibleVariable[] | undefined, index: number): FrameVariable[] {
    const values = this.valuesAt(index);
    if (values === undefined || variables === undefined) return [];
    return variables.map((variable) => ({
      name: variable.name,
      kind: variable.kind,
      isHidden: variable.isHidden,
      value: variable.read(values, this.source),
      get declaration() {
        return variable.declaration;
      },
    }));
  }

  /** What names mean in a frame: it is of one of the functions at its instruction, inlined or not. */
  namesAt(index: number): VisibleNames | undefined {
    const frame = this.frames.at(index);
    return frame && new VisibleNames(this.debugInformation, Number(frame.codeAddress), this.depthOf(index));
  }

  /** Which of the functions at its instruction the frame is of; 0 is the innermost, inlined one. */
  depthOf(index: number): number {
    return this.frames.at(index)?.inlineIndex ?? 0;
  }

  /** What the places of a frame's variables are computed from. */
  valuesAt(index: number): FrameValues | undefined {
    const frame = this.frames.at(index);
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
      caller: () => this.#caller(index),
    };
  }

  #caller(of: number): CallingFrame | undefined {
    const stackIndex = (this.frames.at(of)?.stackIndex ?? 0) + 1;
    let index = of;
    // Inlined functions come before the one that has the frame, and functions that have left it before its caller.
    for (let frame = this.frames.at(of); frame; frame = this.frames.at(++index)) {
      if (frame.stackIndex === stackIndex && !frame.leftByTailCall) break;
    }
    const [frame, values, source] = [this.frames.at(index), this.valuesAt(index), this.namesAt(index)?.frame];
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
