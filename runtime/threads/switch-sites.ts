/** What is known of the instructions that switch stacks: found out once, looked up at every switch. */
import { guestAddress } from "../base/guest-address.js";
import type { Machine } from "../engine/machine.js";
import type { PathAhead } from "./path-ahead.js";
import type { FrameState } from "./unwind/frame-state.js";
import { canonicalFrame } from "./unwind/frame-state.js";
import type { FunctionAnalyses } from "./unwind/function-analysis.js";
import type { InstructionFacts, InstructionReader, RegisterNumber } from "./unwind/instruction-facts.js";

const stackPointer: RegisterNumber = 4;
const framePointer: RegisterNumber = 5;

/**
 * How an instruction relates the new `rsp` to what was there. `ownFrame`: it loads a value that the same function has
 * made from `rsp` before, as at its end, or at that of the scope of an array of variable length.
 */
export type StackRelation = "adjustment" | "framePointer" | "ownFrame" | "load";

export interface SwitchSite {
  readonly instruction: number;
  /** Of the instruction behind it. */
  readonly next: number;
  readonly relation: StackRelation;
  /** How far above `rsp` the return address lies. */
  readonly returnDistance: number;
  /** Where the routine has saved registers: so far from what is in the register `holder`. */
  readonly homes: readonly SavedHome[];
  /** The function keeps nothing with which it could come back to its own frame. */
  readonly leavesFrame: boolean;
  /** How far above the `rsp` of a thread that was parked here it went on last time (`swapcontext`, `setjmp`). */
  resumeOffset: number;
}

interface SavedHome {
  readonly register: RegisterNumber;
  readonly holder: RegisterNumber;
  readonly offset: number;
}

export class SwitchSites {
  readonly #sites = new Map<number, SwitchSite>();
  #codeVersion: number;

  constructor(
    readonly machine: Machine,
    readonly reader: InstructionReader,
    readonly analyses: FunctionAnalyses,
    readonly preserved: readonly RegisterNumber[],
    readonly paths: PathAhead,
  ) {
    this.#codeVersion = machine.codeVersion;
  }

  /** The site of an instruction that was just executed; `next` is the one that follows. */
  at(instruction: number, next: number): SwitchSite {
    if (this.machine.codeVersion !== this.#codeVersion) {
      this.#sites.clear();
      this.#codeVersion = this.machine.codeVersion;
    }
    const known = this.#sites.get(instruction);
    if (known?.next === next) return known;
    this.analyses.beginQuestion();
    const [facts] = this.reader.read(this.machine.memory.read(guestAddress(instruction), 15), instruction, 1);
    const state = this.analyses.reaching(guestAddress(instruction))?.before.get(instruction);
    const relation = relationOf(facts, state, this.preserved);
    const made: SwitchSite = {
      instruction,
      next,
      relation,
      returnDistance: this.#returnDistance(next),
      homes: this.#homesAt(state),
      leavesFrame: !this.preserved.some(
        (register) => register !== stackPointer && isOfFrame(state?.register(register)),
      ),
      resumeOffset: 0,
    };
    if (relation === "ownFrame") this.machine.switches.setHarmless(instruction);
    this.#sites.set(instruction, made);
    return made;
  }

  /**
   * How far above `rsp` the return address lies for a frame whose next instruction is at `address`. For code that no
   * symbol tells of: as far as it pops now.
   */
  #returnDistance(address: number): number {
    const analysis = this.analyses.reaching(guestAddress(address));
    const value = analysis?.before.get(address)?.register(stackPointer);
    if (value?.base === canonicalFrame) return -value.offset - 8;
    const landing = analysis ? undefined : this.paths.landing();
    return landing?.kind === "return" ? landing.pointer - 8 - this.machine.registers.stackPointer : 0;
  }

  /** Where the routine with that state has saved registers, going by its arguments. */
  #homesAt(state: FrameState | undefined): SavedHome[] {
    const homes = new Map<RegisterNumber, SavedHome>();
    for (const { register, base, offset } of state?.contexts ?? []) {
      const holder = state?.registers.findIndex((value) => value?.base === base && value.offset === 0) ?? -1;
      if (holder >= 0 && this.preserved.includes(register)) homes.set(register, { register, holder, offset });
    }
    return [...homes.values()];
  }
}

function isOfFrame(value: { readonly base: number } | undefined): boolean {
  return value !== undefined && value.base >= canonicalFrame;
}

/** `facts` are undefined for an instruction that cannot be decoded any more. */
function relationOf(
  facts: InstructionFacts | undefined,
  state: FrameState | undefined,
  preserved: readonly RegisterNumber[],
): StackRelation {
  const relation = relationByOperands(facts);
  if (!facts || !state) return relation;
  if (relation === "framePointer") return isOfFrame(state.register(framePointer)) ? "ownFrame" : relation;
  if (relation !== "load") return relation;
  const after = state.after(facts, preserved);
  const isOwn = after.beforeSwitch === state.beforeSwitch && !state.beforeSwitch;
  return isOwn && isOfFrame(after.register(stackPointer)) ? "ownFrame" : "load";
}

function relationByOperands(facts: InstructionFacts | undefined): StackRelation {
  const source = facts?.operands[1];
  switch (facts?.operation) {
    case "leave":
      return "framePointer";
    case "enter":
    case "add":
    case "sub":
    case "and":
      return "adjustment";
    case "mov":
      return source?.kind === "register" && source.register === framePointer ? "framePointer" : "load";
    case "lea":
      if (source?.kind !== "memory") return "load";
      if (source.base === framePointer) return "framePointer";
      return source.base === stackPointer || source.base === undefined ? "adjustment" : "load";
    default:
      return "load";
  }
}
