import { addressPlus, type GuestAddress, guestAddress } from "../../base/guest-address.js";
import type { GuestMemory, RegisterSnapshot } from "../../engine/machine.js";
import type { StackFrame } from "../types.js";
import { canonicalFrame, type FrameState } from "./frame-state.js";
import type { FunctionAnalyses, FunctionAnalysis } from "./function-analysis.js";
import type { KnownFunction } from "./function-table.js";
import type { RegisterNumber } from "./instruction-facts.js";
import { interruptedFrame } from "./signal-frame.js";

/** Deeper stacks are cut off there. */
const maximumFrames = 1_000_000;
/** How many words above `rsp` are searched for a return address where nothing is known about the code. */
const maximumGuessWords = 512;

/** Where the value that a register has in a frame is kept. */
export type Home =
  /** In this register of the innermost frame, unchanged. */
  | { readonly kind: "register"; readonly number: RegisterNumber }
  | { readonly kind: "memory"; readonly address: GuestAddress };

/** The registers from which a stack is unwound. Arrays are in hardware order. */
export interface UnwindStart {
  readonly rip: GuestAddress;
  readonly general: readonly (bigint | undefined)[];
  readonly homes: readonly (Home | undefined)[];
  readonly full?: RegisterSnapshot;
  /** What the callee-saved registers were given when the thread last got the processor. */
  readonly resumed?: readonly (bigint | undefined)[];
  /** Where those values are kept, while they are still there to be taken. */
  readonly resumedHomes?: readonly (Home | undefined)[];
}

/** What is known of a stack and of the functions at its bottom. */
export interface UnwindLimits {
  /** The stack's end, exclusive, where it is known for sure. */
  readonly high?: GuestAddress;
  /** So many frames are enough. */
  readonly mostFrames?: number;
  /** The function has no caller. */
  isRoot(functionStart: number): boolean;
  /** CFA of the process's first function, which may lose sight of its own frame when it aligns the stack. */
  readonly firstFrame?: GuestAddress;
  isSubtle(functionStart: number): boolean;
}

export interface UnwoundFrame {
  readonly frame: StackFrame;
  readonly homes: readonly (Home | undefined)[];
}

/** How a frame's instruction was come by: it is next to run, a call will return to it, or a `ret` will enter it. */
type Arrival = "running" | "called" | "entered";

interface Step {
  readonly rip: GuestAddress;
  readonly arrival: Arrival;
  readonly general: readonly (bigint | undefined)[];
  readonly homes: readonly (Home | undefined)[];
  readonly isGuessed: boolean;
}

/**
 * Recovers call stacks from registers and memory: by the program's own tables where it has any; in switch routines, and
 * without tables, by the analysis of its code. Frame pointers are not needed.
 */
export class Unwinder {
  constructor(
    readonly analyses: FunctionAnalyses,
    readonly memory: GuestMemory,
    readonly preserved: readonly RegisterNumber[],
  ) {}

  /**
   * The frames from the innermost out, each worked out when it is asked for: memory must not have changed until then.
   * Never fails: where nothing more can be known, the stack ends.
   */
  *unwind(start: UnwindStart, limits: UnwindLimits): Generator<UnwoundFrame, undefined, undefined> {
    let step: Step | undefined = { ...start, arrival: "running", isGuessed: false };
    let lastCfa = -1n;
    for (let index = 0; step && index < (limits.mostFrames ?? maximumFrames); index++) {
      const told = this.#interrupted(step) ?? this.#byTables(step);
      // An innermost frame may be in a switch routine, of which tables do not know what it does.
      const analysis = told === undefined || step.arrival !== "called" ? this.#analysisOf(step) : undefined;
      const known = analysis?.function ?? this.#functionOf(step);
      const isRoot = known !== undefined && limits.isRoot(known.start);
      const isSwitching = analysis !== undefined && this.#stateOf(step, analysis)?.beforeSwitch !== undefined;
      const found =
        (isSwitching ? undefined : told) ??
        this.#evaluate(step, analysis, start) ??
        (isRoot ? undefined : this.#guess(step, index === 0));
      const cfa =
        found?.cfa ?? (isRoot ? limits.firstFrame : undefined) ?? addressPlus(guestAddress(step.general[4] ?? 0n), 8);
      yield { frame: this.#frame(step, known, cfa, index, start, limits), homes: step.homes };
      // A signal's handler may have another stack than what it interrupted.
      if (!found || isRoot || (cfa <= lastCfa && !found.isSignal)) return;
      if (limits.high !== undefined && cfa > limits.high && !found.isSignal) return;
      lastCfa = found.isSignal ? -1n : cfa;
      step = this.#caller(found, known, limits);
    }
  }

  #frame(
    step: Step,
    known: KnownFunction | undefined,
    cfa: GuestAddress,
    index: number,
    start: UnwindStart,
    limits: UnwindLimits,
  ): StackFrame {
    const lineAddress = step.arrival === "called" ? step.rip - 1n : step.rip;
    const position = this.analyses.table.positionOf(lineAddress);
    return {
      index,
      stackIndex: index,
      codeAddress: guestAddress(lineAddress),
      instruction: step.rip,
      ...(known ? { functionName: known.name, functionAddress: guestAddress(known.start) } : {}),
      ...(position ? { position } : {}),
      canonicalFrameAddress: cfa,
      presentation: known && limits.isSubtle(known.start) ? "subtle" : "normal",
      ...(step.isGuessed ? { isGuessed: true } : {}),
      registers: {
        general: step.general,
        rip: step.rip,
        ...(index === 0 && start.full ? { full: start.full } : {}),
        savedAt: step.homes.map((home) => (home?.kind === "memory" ? home.address : undefined)),
      },
    };
  }

  #analysisOf(step: Step): FunctionAnalysis | undefined {
    return step.arrival === "called" ? this.analyses.calling(step.rip) : this.analyses.reaching(step.rip);
  }

  #functionOf(step: Step): KnownFunction | undefined {
    return this.analyses.table.containing(step.arrival === "called" ? step.rip - 1n : step.rip);
  }

  /** Puts the values of registers and stack words into what the analysis knows of the frame. */
  #evaluate(step: Step, analysis: FunctionAnalysis | undefined, start: UnwindStart): Recovered | undefined {
    const state = analysis && this.#stateOf(step, analysis);
    if (!state) return undefined;
    const bases = new Map<number, bigint>();
    const homes: (Home | undefined)[] = [];
    const learn = (number: RegisterNumber) => {
      const value = state.registers[number];
      const concrete = step.general[number];
      if (!value || concrete === undefined || bases.has(value.base)) return;
      bases.set(value.base, BigInt.asUintN(64, concrete - BigInt(value.offset)));
      if (value.offset === 0 && value.base < canonicalFrame) homes[value.base] = step.homes[number];
    };
    learn(4);
    // A register that still has its own entry value comes before copies of it.
    for (let number = 0; number < 16; number++) if (state.registers[number]?.base === number) learn(number);
    for (let number = 0; number < 16; number++) learn(number);
    for (let isLearning = true; isLearning; ) {
      isLearning = false;
      for (const { at, value } of state.slots.values()) {
        const base = bases.get(at.base);
        if (base === undefined || bases.has(value.base)) continue;
        const address = guestAddress(base + BigInt(at.offset));
        const word = this.memory.readWord(address);
        if (word === undefined) continue;
        bases.set(value.base, BigInt.asUintN(64, word - BigInt(value.offset)));
        if (value.offset === 0 && value.base < canonicalFrame) homes[value.base] = { kind: "memory", address };
        isLearning = true;
      }
    }
    const cfa = bases.get(canonicalFrame);
    if (cfa === undefined) return undefined;
    const general: (bigint | undefined)[] = new Array(16).fill(undefined);
    for (const number of this.preserved) {
      general[number] = bases.get(number);
      if (general[number] === undefined && state.beforeSwitch) {
        // A routine that has used the register for something else has saved it before, and not where it is known.
        const own = state.beforeSwitch[number];
        const isKept = own?.base === number && own.offset === 0;
        homes[number] = start.resumedHomes?.[number];
        if (isKept || homes[number]) general[number] = start.resumed?.[number];
      }
    }
    general[4] = cfa;
    return { cfa: guestAddress(cfa), general, homes: this.#homesOfPreserved(homes), isGuessed: step.isGuessed };
  }

  #stateOf(step: Step, analysis: FunctionAnalysis): FrameState | undefined {
    const address = Number(step.rip);
    return step.arrival === "called" ? analysis.afterCall.get(address)?.state : analysis.before.get(address);
  }

  /** The frame of a signal: whoever was interrupted goes on with all its registers. Not every program has tables of it. */
  #interrupted(step: Step): Recovered | undefined {
    const interrupted = interruptedFrame(this.memory, step.rip, step.general[4]);
    if (interrupted === undefined) return undefined;
    const { registers, rip } = interrupted;
    return {
      cfa: guestAddress(registers[4]?.value ?? 0n),
      general: registers.map(({ value }) => value),
      homes: registers.map(({ address }) => ({ kind: "memory", address })),
      isGuessed: step.isGuessed,
      returnAddress: rip,
      isSignal: true,
    };
  }

  /** What the program's own tables say. */
  #byTables(step: Step): Recovered | undefined {
    const { callFrames } = this.analyses.table.image;
    // A function that a `ret` entered, or a signal's trampoline, is at its first instruction.
    const address = step.arrival === "called" ? step.rip - 1n : step.rip;
    const caller = callFrames?.callerOf(
      Number(address),
      (number) => step.general[number],
      (place, size) => {
        const bytes = this.memory.read(guestAddress(place), size);
        return bytes.length === size ? bytes : undefined;
      },
    );
    if (!caller) return undefined;
    const general: (bigint | undefined)[] = new Array(16).fill(undefined);
    const homes: (Home | undefined)[] = new Array(16).fill(undefined);
    caller.registers.forEach((place, number) => {
      if (place?.kind === "register") {
        general[number] = step.general[place.number];
        homes[number] = step.homes[place.number];
      } else if (place?.kind === "memory") {
        const address = guestAddress(place.address);
        general[number] = this.memory.readWord(address);
        homes[number] = { kind: "memory", address };
      } else general[number] = place?.value;
    });
    return {
      cfa: guestAddress(caller.canonicalFrameAddress),
      general,
      homes,
      isGuessed: step.isGuessed,
      returnAddress: caller.returnAddress ?? 0n,
      ...(caller.isSignalFrame ? { isSignal: true } : {}),
    };
  }

  #homesOfPreserved(homes: readonly (Home | undefined)[]): (Home | undefined)[] {
    const result: (Home | undefined)[] = new Array(16).fill(undefined);
    for (const number of this.preserved) if (number !== 4) result[number] = homes[number];
    return result;
  }

  #guess(step: Step, isInnermost: boolean): Recovered | undefined {
    const pointer = step.general[4];
    if (pointer === undefined) return undefined;
    const unknown: undefined[] = new Array(16).fill(undefined);
    // A jump or call into nowhere: the return address is still on top, and nothing has changed.
    const top = this.memory.readWord(guestAddress(pointer));
    if (isInnermost && !this.#isExecutable(step.rip)) {
      // Otherwise it came there by a `ret`, and what is above is another function's.
      if (top === undefined || !this.#isBehindCall(top)) return undefined;
      return { cfa: addressPlus(guestAddress(pointer), 8), general: step.general, homes: step.homes, isGuessed: true };
    }
    const framePointer = step.general[5];
    if (framePointer !== undefined && framePointer >= pointer && framePointer - pointer < 0x10_0000n) {
      const saved = this.memory.readWord(guestAddress(framePointer));
      const address = this.memory.readWord(addressPlus(guestAddress(framePointer), 8));
      if (saved !== undefined && address !== undefined && this.#isBehindCall(address)) {
        const general: (bigint | undefined)[] = [...unknown];
        general[5] = saved;
        const cfa = addressPlus(guestAddress(framePointer), 16);
        general[4] = cfa;
        return { cfa, general, homes: unknown, isGuessed: true };
      }
    }
    for (let word = 0; word < maximumGuessWords; word++) {
      const place = addressPlus(guestAddress(pointer), 8 * word);
      const value = this.memory.readWord(place);
      if (value === undefined) break;
      if (this.#isBehindCall(value)) {
        const general: (bigint | undefined)[] = [...unknown];
        const cfa = addressPlus(place, 8);
        general[4] = cfa;
        return { cfa, general, homes: unknown, isGuessed: true };
      }
    }
    return undefined;
  }

  #caller(found: Recovered, known: KnownFunction | undefined, limits: UnwindLimits): Step | undefined {
    const address = found.returnAddress ?? this.memory.readWord(addressPlus(found.cfa, -8));
    if (address === undefined || address === 0n || !this.#isExecutable(address)) return undefined;
    // A function at the bottom is entered, even where a call that never comes back stands right before it.
    const isBottom = limits.isRoot(Number(address)) && this.analyses.table.startingAt(address) !== undefined;
    const arrival = isBottom ? "entered" : this.#arrivalFrom(found, address, known);
    if (!arrival) return undefined;
    const general = [...found.general];
    // A signal interrupted a function anywhere: its rsp is among what was saved.
    if (!found.isSignal) general[4] = found.cfa;
    return { rip: guestAddress(address), arrival, general, homes: found.homes, isGuessed: found.isGuessed };
  }

  /** Tables are believed: only where a function starts, a return address and an entry look the same. */
  #arrivalFrom(found: Recovered, address: bigint, callee: KnownFunction | undefined): Arrival | undefined {
    if (found.isSignal) return "running";
    const isClear = found.returnAddress !== undefined && this.analyses.table.startingAt(address) === undefined;
    return isClear ? "called" : this.#arrivalAt(address, callee);
  }

  /** Whether the word is a return address, or the start of a function that a `ret` will enter, or neither. */
  #arrivalAt(address: bigint, callee: KnownFunction | undefined): Arrival | undefined {
    const calling = this.analyses.calling(guestAddress(address));
    const target = calling?.afterCall.get(Number(address))?.target;
    const isStart = this.analyses.table.startingAt(address) !== undefined;
    if (calling && (!isStart || this.#canBeIn(target, callee))) return "called";
    if (isStart) return "entered";
    return this.#isBehindCall(address) ? "called" : undefined;
  }

  /** Whether a call of `target` can lead to `callee` being on top of the stack: directly or through tail calls. */
  #canBeIn(target: number | undefined, callee: KnownFunction | undefined): boolean {
    if (target === undefined || !callee) return true;
    const seen = new Set<number>();
    const work = [target];
    for (let at = work.pop(); at !== undefined && seen.size < 64; at = work.pop()) {
      if (at === callee.start || (at > callee.start && at < callee.end)) return true;
      if (seen.has(at)) continue;
      seen.add(at);
      const known = this.analyses.table.startingAt(BigInt(at));
      if (!known) return true;
      const analysis = this.analyses.of(known);
      if (analysis.hasIndirectJump) return true;
      work.push(...analysis.tailCalls);
    }
    return false;
  }

  #isExecutable(address: bigint): boolean {
    return this.memory.permissionsAt(guestAddress(address))?.execute === true;
  }

  /** Whether the bytes before `address` are a call: `e8` and a distance, or `ff /2` with any operand. */
  #isBehindCall(address: bigint): boolean {
    if (address < 16n || !this.#isExecutable(address - 1n)) return false;
    const bytes = this.memory.read(guestAddress(address - 8n), 8);
    if (bytes.length < 8) return false;
    if (bytes[3] === 0xe8) return true;
    for (let length = 2; length <= 7; length++) {
      const modRm = bytes[9 - length] ?? 0;
      if (
        bytes[8 - length] === 0xff &&
        ((modRm >> 3) & 7) === 2 &&
        indirectCallLength(modRm, bytes[10 - length]) === length
      )
        return true;
    }
    return false;
  }
}

interface Recovered {
  readonly cfa: GuestAddress;
  /** Of the caller. */
  readonly general: readonly (bigint | undefined)[];
  readonly homes: readonly (Home | undefined)[];
  readonly isGuessed: boolean;
  /** Where it is told apart from the word below the CFA; 0 at the bottom of a stack. */
  readonly returnAddress?: bigint;
  /** The frame is a signal's: the caller was interrupted, it did not call. */
  readonly isSignal?: boolean;
}

/** Length of `ff /2` with this ModRM byte (Intel SDM vol. 2, table 2-2). */
function indirectCallLength(modRm: number, sib: number | undefined): number {
  const mode = modRm >> 6;
  const hasSib = mode !== 3 && (modRm & 7) === 4;
  const isDisplacementOnly = mode === 0 && ((modRm & 7) === 5 || (hasSib && ((sib ?? 0) & 7) === 5));
  const displacement = mode === 1 ? 1 : mode === 2 || isDisplacementOnly ? 4 : 0;
  return 2 + (hasSib ? 1 : 0) + displacement;
}
