/** Call stacks as the source has them: with inlined functions, and what can be changed in them. */
import { guestAddress } from "../base/guest-address.js";
import { LazyList } from "../base/lazy-list.js";
import type { ProgramImage } from "../base/program-image.js";
import { fail, type Result } from "../base/result.js";
import type { Machine } from "../engine/machine.js";
import { plainType, typeOf } from "../object/dwarf/type-reader.js";
import type { Type } from "../object/dwarf/types.js";
import { debugInformationOf } from "../object/elf-code-places.js";
import type { GreenThreads } from "../threads/green-threads.js";
import type { StackFrame, ThreadId } from "../threads/types.js";
import type { FrameVariable } from "../values/frame-variables.js";
import type { ValueSource } from "../values/source-value.js";
import { Derived } from "./derived.js";
import type { ProgramIndex } from "./program-index.js";
import { entryOf, restartFrame } from "./restart-frame.js";
import { sourceFrames } from "./source-frames.js";
import type { UnenteredCalls } from "./unentered-calls.js";

export class SourceStacks {
  private readonly inSource = new Derived<LazyList<StackFrame>, LazyList<StackFrame>>();

  constructor(
    private readonly parts: {
      readonly image: ProgramImage;
      readonly machine: Machine;
      readonly threads: GreenThreads;
      readonly index: ProgramIndex;
    },
    private readonly unentered: UnenteredCalls,
  ) {}

  /** Innermost first, worked out as far as somebody looks; undefined for a thread that does not live. */
  of(thread: ThreadId): LazyList<StackFrame> | undefined {
    const frames = this.parts.threads.frames(thread);
    if (frames === undefined) return undefined;
    const unentered = this.unentered.of(thread);
    const { places } = this.parts.index;
    return this.inSource.of(frames, unentered, () => new LazyList(sourceFrames(frames, places, unentered)));
  }

  writeRegister(thread: ThreadId, frame: number, register: string, value: bigint): Result<void, string> {
    // The number of a frame counts inlined functions, too.
    const shown = this.of(thread)?.at(frame);
    if (shown?.leftByTailCall) return fail("This function has left its frame by a tail call: it has no registers.");
    const stackIndex = shown?.stackIndex ?? frame;
    return this.parts.threads.writeRegister(thread, stackIndex, register, value);
  }

  /** Winds the running thread back to where a frame's function was entered; says what stays as it is, or why it cannot. */
  restart(thread: ThreadId, index: number, locals: () => readonly FrameVariable[]): Result<string, string> {
    const { image, machine, threads } = this.parts;
    if (thread !== threads.current()) {
      return fail("This thread does not run: its frames are kept for a switch to go on in. Restart them when it does.");
    }
    const frames = upToCaller(this.of(thread), index);
    const frame = frames[index];
    const home = frame && debugInformationOf(image)?.functionAt(Number(frame.codeAddress));
    const result = restartFrame(
      {
        machine,
        frames,
        entry: frame && entryOf(frame, home?.entryAddress),
        parameters: home && locals().filter(({ kind }) => kind === "parameter"),
        takesPlaceOfResult: home !== undefined && isStruct(plainType(typeOf(home.entry))),
        source: this.source,
      },
      index,
    );
    if (result.ok) this.unentered.forget();
    return result;
  }

  private get source(): ValueSource {
    const { memory } = this.parts.machine;
    return { read: (address, size) => memory.read(guestAddress(address), size), describe: () => undefined };
  }
}

/** The frame, those that it called, and the one that called it. */
function upToCaller(stack: LazyList<StackFrame> | undefined, index: number): readonly StackFrame[] {
  const own = stack?.at(index)?.stackIndex;
  if (stack === undefined || own === undefined) return [];
  let caller = index + 1;
  while ((stack.at(caller)?.stackIndex ?? Number.POSITIVE_INFINITY) <= own) caller++;
  return stack.first(caller + 1);
}

function isStruct(type: Type | undefined): boolean {
  return type?.kind === "struct" || type?.kind === "array";
}
