/** What expressions see: in any frame of any thread, and at the processor as it is now, where conditions are evaluated. */
import type { FrameAddressRule } from "../base/call-frame-tables.js";
import { guestAddress } from "../base/guest-address.js";
import type { LazyList } from "../base/lazy-list.js";
import type { ProgramImage } from "../base/program-image.js";
import { fail, ok, type Result } from "../base/result.js";
import { generalRegisterNames, type Machine } from "../engine/machine.js";
import { type ExpressionScope, frameRegister, machineRegister, type Names, symbolNames } from "../expressions/scope.js";
import { SourceNames } from "../expressions/source-names.js";
import { generalRegisters } from "../object/call-frames.js";
import type { DebugInformation } from "../object/debug-information.js";
import type { CallingFrame, FrameValues } from "../object/dwarf/locate.js";
import { debugInformationOf } from "../object/elf-code-places.js";
import type { GreenThread, StackFrame, ThreadId } from "../threads/types.js";
import { FrameVariables } from "../values/frame-variables.js";
import { firstXmm, lastXmm, ripNumber } from "../values/register-names.js";
import type { ValueSource } from "../values/source-value.js";
import { VisibleNames } from "../values/visible-names.js";
import { Derived } from "./derived.js";
import type { ProgramIndex } from "./program-index.js";

/** Whose stacks expressions look at. */
export interface StackOwner {
  currentThread(): ThreadId;
  thread(thread: ThreadId): GreenThread | undefined;
  frames(thread: ThreadId): LazyList<StackFrame> | undefined;
}

/** More functions than this at one instruction there are not: one inlined into another. */
const mostDepths = 64;
/** Names of so many instructions are kept. */
const mostNames = 4096;

export class ExpressionScopes {
  readonly source: ValueSource;
  readonly #plain: Names;
  readonly #names = new Map<number, Names>();
  readonly #variables = new Derived<LazyList<StackFrame>, FrameVariables>();
  #processor: ProcessorScope | undefined;

  constructor(
    private readonly image: ProgramImage,
    private readonly machine: Machine,
    private readonly index: ProgramIndex,
    private readonly stacks: StackOwner,
  ) {
    const { memory } = machine;
    this.source = {
      read: (address, size) => memory.read(guestAddress(address), size),
      readWord: (address) => memory.readWord(guestAddress(address)),
      describe: (address) => index.nameOf(guestAddress(address)),
    };
    const symbols = symbolNames((name) => index.symbolNamed(name));
    this.#plain = { ...symbols, near: () => this.#symbolNames() };
  }

  get #debugInformation(): DebugInformation | undefined {
    return debugInformationOf(this.image);
  }

  /** What names mean at an instruction; `depth`: in which of the functions that it belongs to, 0 the innermost. */
  namesAt(address: number, depth = 0): Names {
    const information = this.#debugInformation;
    if (information === undefined) return this.#plain;
    const key = address * mostDepths + Math.min(depth, mostDepths - 1);
    let names = this.#names.get(key);
    if (names === undefined) {
      const symbol = (name: string) => this.index.symbolNamed(name);
      names = new SourceNames(new VisibleNames(information, address, depth), symbol, () => this.#symbolNames());
      if (this.#names.size >= mostNames) this.#names.clear();
      this.#names.set(key, names);
    }
    return names;
  }

  *#symbolNames(): Generator<string> {
    for (const { name } of this.image.symbols) yield name;
  }

  /** A frame as `frames` counts them; undefined where there is none. */
  at(thread: ThreadId, index: number): ExpressionScope | undefined {
    const frames = this.stacks.frames(thread);
    const frame = frames?.at(index);
    if (frames === undefined || frame === undefined) return undefined;
    const { registers } = frame;
    const variables = this.variables(thread, frames);
    const { source } = this;
    return {
      names: this.namesAt(Number(frame.codeAddress), variables?.depthOf(index)),
      register: (name) => frameRegister(registers, name),
      source,
      thread: this.stacks.thread(thread),
      // What a function had on the stack is gone when it has left.
      frame: frame.leftByTailCall ? undefined : variables?.valuesAt(index),
      other: (number, wanted) => this.other(number ?? thread, wanted),
    };
  }

  /** The variables of a stack's frames; undefined for a program without debug information. */
  variables(thread: ThreadId, frames: LazyList<StackFrame>): FrameVariables | undefined {
    const information = this.#debugInformation;
    if (information === undefined) return undefined;
    return this.#variables.of(frames, 0, () => {
      const { memory, registers } = this.machine;
      const isRunning = thread === this.stacks.currentThread();
      const fsBase = isRunning ? registers.fsBase : frames.at(0)?.registers.full?.fsBase;
      return new FrameVariables(information, memory, this.source, frames, fsBase);
    });
  }

  /** The innermost frame of the thread that runs. One object for all times: it always tells of the moment. */
  get processor(): ExpressionScope {
    this.#processor ??= new ProcessorScope(this, this.image, this.machine, this.stacks);
    return this.#processor;
  }

  /** Bytes of each thread's own storage. */
  get threadLocalSize(): number | undefined {
    return this.#debugInformation?.object.threadLocalSize;
  }

  /** Another frame, of the thread with that number. */
  other(number: number, frame: number): Result<ExpressionScope, string> {
    const thread = number as ThreadId;
    if (this.stacks.thread(thread) === undefined) return fail(`there is no green thread ${number}`);
    const scope = this.at(thread, frame);
    if (scope !== undefined) return ok(scope);
    const count = this.stacks.frames(thread)?.all().length ?? 0;
    return fail(`thread ${number} has no frame ${frame}: its frames are 0 to ${count - 1}`);
  }
}

/** The processor as it is now. Nothing is unwound: what a frame is computed from is looked up once per instruction. */
class ProcessorScope implements ExpressionScope {
  readonly frame: FrameValues;

  constructor(
    private readonly scopes: ExpressionScopes,
    image: ProgramImage,
    private readonly machine: Machine,
    private readonly stacks: StackOwner,
  ) {
    this.frame = new ProcessorFrame(scopes, image, machine, stacks);
  }

  get names(): Names {
    return this.scopes.namesAt(this.machine.registers.instructionPointer);
  }

  get source(): ValueSource {
    return this.scopes.source;
  }

  get thread(): GreenThread | undefined {
    return this.stacks.thread(this.stacks.currentThread());
  }

  register(name: string): bigint | undefined {
    return machineRegister(this.machine, name);
  }

  other(thread: number | undefined, frame: number): Result<ExpressionScope, string> {
    return this.scopes.other(thread ?? this.stacks.currentThread(), frame);
  }
}

class ProcessorFrame implements FrameValues {
  readonly #rules = new Map<number, FrameAddressRule | undefined>();

  constructor(
    private readonly scopes: ExpressionScopes,
    private readonly image: ProgramImage,
    private readonly machine: Machine,
    private readonly stacks: StackOwner,
  ) {}

  get address(): number {
    return this.machine.registers.instructionPointer;
  }

  register(number: number): bigint | undefined {
    const { registers } = this.machine;
    if (number === ripNumber) return registers.rip;
    if (number >= firstXmm && number <= lastXmm) return registers.xmm(number - firstXmm);
    return this.#general(generalRegisters[number]);
  }

  readonly #general = (number: number | undefined): bigint | undefined => {
    const name = number === undefined ? undefined : generalRegisterNames[number];
    return name && this.machine.registers.general(name);
  };

  readonly memory = (address: bigint, size: number): Uint8Array | undefined => {
    const bytes = this.machine.memory.read(guestAddress(address), size);
    return bytes.length === size ? bytes : undefined;
  };

  get canonicalFrameAddress(): bigint | undefined {
    const { address } = this;
    let rule = this.#rules.get(address);
    if (rule === undefined && !this.#rules.has(address)) {
      if (this.#rules.size >= mostNames) this.#rules.clear();
      rule = this.image.callFrames?.frameAddressAt(address);
      this.#rules.set(address, rule);
    }
    return rule
      ? rule(this.#general, this.memory)
      : this.stacks.frames(this.stacks.currentThread())?.at(0)?.canonicalFrameAddress;
  }

  threadLocal(offset: bigint): bigint | undefined {
    const size = this.scopes.threadLocalSize;
    return size === undefined ? undefined : this.machine.registers.fsBase - BigInt(size) + offset;
  }

  caller(): CallingFrame | undefined {
    const thread = this.stacks.currentThread();
    const frames = this.stacks.frames(thread);
    return frames && this.scopes.variables(thread, frames)?.valuesAt(0)?.caller?.();
  }
}
