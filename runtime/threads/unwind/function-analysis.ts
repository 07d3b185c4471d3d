import type { GuestAddress } from "../../base/guest-address.js";
import type { GuestMemory } from "../../engine/machine.js";
import { FrameState } from "./frame-state.js";
import type { FunctionTable, KnownFunction } from "./function-table.js";
import {
  type InstructionFacts,
  type InstructionReader,
  maximumInstructionLength,
  type RegisterNumber,
} from "./instruction-facts.js";

/** No function is longer than that many instructions; what comes behind stays unknown. */
const maximumInstructions = 50_000;

/** The frame of one function, at each of its instructions. */
export interface FunctionAnalysis {
  readonly function: KnownFunction;
  /** Before the instruction at this address. */
  readonly before: ReadonlyMap<number, FrameState>;
  /** By return address: behind the call that pushes it. */
  readonly afterCall: ReadonlyMap<number, { readonly state: FrameState; readonly target: number | undefined }>;
  /** Where it jumps to, other functions' starts: tail calls. */
  readonly tailCalls: ReadonlySet<number>;
  /** It leaves through a jump whose target is not known. */
  readonly hasIndirectJump: boolean;
  readonly returns: readonly number[];
}

interface Cached {
  readonly analysis: FunctionAnalysis;
  /** The bytes that it was made from. */
  readonly start: number;
  readonly bytes: Uint8Array;
  /** The question during which they were last compared with memory. */
  checkedAt: number;
}

/** Analyses functions when first asked, keeps the results, and makes them anew when the code has changed. */
export class FunctionAnalyses {
  readonly #cache = new Map<number, Cached>();
  /**
   * Instructions that have given `rsp` the stack of another thread, whatever they look like; and how far above the
   * `rsp` of a thread that left there it goes on.
   */
  readonly #switches = new Map<number, number>();
  #question = 0;

  constructor(
    readonly table: FunctionTable,
    readonly memory: GuestMemory,
    readonly reader: InstructionReader,
    readonly preserved: readonly RegisterNumber[],
  ) {}

  /** To be called once before a batch of questions between which memory does not change. */
  beginQuestion(): void {
    this.#question++;
  }

  /**
   * The instruction at `address` has switched stacks: what comes behind it in its function is another thread's, whose
   * `rsp` is so many bytes above the one that it left with.
   */
  learnSwitch(address: number, resumeOffset: number): void {
    if (this.#switches.get(address) === resumeOffset) return;
    this.#switches.set(address, resumeOffset);
    for (const [key, { start, bytes }] of this.#cache) {
      if (address >= start && address < start + bytes.length) this.#cache.delete(key);
    }
  }

  of(known: KnownFunction): FunctionAnalysis {
    const cached = this.#cache.get(known.start);
    if (cached) {
      if (cached.checkedAt === this.#question || this.#isUnchanged(cached)) {
        cached.checkedAt = this.#question;
        return cached.analysis;
      }
    }
    const made = new Explorer(known, this.table, this.memory, this.reader, this.preserved, this.#switches).run();
    this.#cache.set(known.start, { ...made, checkedAt: this.#question });
    return made.analysis;
  }

  /** The analysis of the function whose control flow reaches the instruction at `address`. */
  reaching(address: GuestAddress): FunctionAnalysis | undefined {
    return this.#find(Number(address), (analysis) => analysis.before.has(Number(address)));
  }

  /** The analysis of the function with a call that pushes this return address. */
  calling(returnAddress: GuestAddress): FunctionAnalysis | undefined {
    return this.#find(Number(returnAddress) - 1, (analysis) => analysis.afterCall.has(Number(returnAddress)));
  }

  #find(address: number, matches: (analysis: FunctionAnalysis) => boolean): FunctionAnalysis | undefined {
    for (const candidate of this.table.candidates(address)) {
      const analysis = this.of(candidate);
      if (matches(analysis)) return analysis;
    }
    return undefined;
  }

  #isUnchanged(cached: Cached): boolean {
    const now = this.memory.read(BigInt(cached.start) as GuestAddress, cached.bytes.length);
    if (now.length !== cached.bytes.length) return false;
    for (let i = 0; i < now.length; i++) if (now[i] !== cached.bytes[i]) return false;
    return true;
  }
}

/** One walk over the control flow of one function. */
class Explorer {
  readonly #before = new Map<number, FrameState>();
  readonly #facts = new Map<number, InstructionFacts>();
  readonly #afterCall = new Map<number, { state: FrameState; target: number | undefined }>();
  readonly #tailCalls = new Set<number>();
  readonly #returns = new Set<number>();
  readonly #work: number[] = [];
  /** Behind calls: taken up last, because a call may never come back. */
  readonly #later: number[] = [];
  #indirectJump: FrameState | undefined;
  #low: number;
  #high: number;

  constructor(
    readonly known: KnownFunction,
    readonly table: FunctionTable,
    readonly memory: GuestMemory,
    readonly reader: InstructionReader,
    readonly preserved: readonly RegisterNumber[],
    readonly switches: ReadonlyMap<number, number>,
  ) {
    this.#low = known.start;
    this.#high = known.start;
  }

  run(): { analysis: FunctionAnalysis; start: number; bytes: Uint8Array } {
    this.#reach(this.known.start, FrameState.atEntry(), this.#work);
    this.#explore();
    this.#exploreTables();
    const length = this.#high - this.#low;
    return {
      start: this.#low,
      bytes: this.memory.read(BigInt(this.#low) as GuestAddress, length),
      analysis: {
        function: this.known,
        before: this.#before,
        afterCall: this.#afterCall,
        tailCalls: this.#tailCalls,
        hasIndirectJump: this.#indirectJump !== undefined,
        returns: [...this.#returns],
      },
    };
  }

  #explore(): void {
    for (;;) {
      const address = this.#work.pop() ?? this.#later.shift();
      if (address === undefined) return;
      const state = this.#before.get(address);
      const facts = this.#factsAt(address);
      if (!state || !facts) continue;
      this.#follow(facts, state);
    }
  }

  #follow(facts: InstructionFacts, state: FrameState): void {
    const next = facts.address + facts.length;
    // A call of the next instruction is how old code reads rip: a push, unless another function begins there.
    if (facts.flow.kind === "call" && facts.flow.target === next && !this.table.startingAt(BigInt(next))) {
      this.#reach(next, state.after(asPush(facts), this.preserved), this.#work);
      return;
    }
    const after = state.after(facts, this.preserved, this.switches.get(facts.address));
    switch (facts.flow.kind) {
      case "next":
        this.#reach(next, after, this.#work);
        break;
      case "jump":
        this.#reach(facts.flow.target, after, this.#work);
        break;
      case "branch":
        this.#reach(next, after, this.#work);
        this.#reach(facts.flow.target, after, this.#work);
        break;
      case "indirectJump":
        this.#indirectJump ??= after;
        break;
      case "call":
        this.#afterCall.set(next, { state: after, target: facts.flow.target });
        this.#reach(next, after, this.#later);
        break;
      case "return":
        this.#returns.add(facts.address);
        break;
      case "end":
        break;
    }
  }

  #reach(address: number, state: FrameState, list: number[]): void {
    if (address !== this.known.start && this.table.startingAt(BigInt(address))) {
      this.#tailCalls.add(address);
      return;
    }
    const earlier = this.#before.get(address);
    if (!earlier && this.#before.size >= maximumInstructions) return;
    const joined = earlier ? earlier.joinedWith(state) : state;
    if (joined === earlier) return;
    this.#before.set(address, joined);
    list.push(address);
  }

  /**
   * Code behind an indirect jump is reached through a table of addresses. What the walk has not met inside the
   * function is taken for its targets: the frame there is the frame at the jump.
   */
  #exploreTables(): void {
    const state = this.#indirectJump;
    if (!state) return;
    for (let address = this.known.start; address < this.known.end; ) {
      if (!this.#before.has(address)) {
        this.#reach(address, state, this.#work);
        this.#explore();
      }
      const facts = this.#factsAt(address);
      address += facts?.length ?? 1;
    }
  }

  #factsAt(address: number): InstructionFacts | undefined {
    if (!this.#facts.has(address)) {
      // Decoded in runs: a decoder for every instruction would be slow.
      const bytes = this.memory.read(BigInt(address) as GuestAddress, 16 * maximumInstructionLength);
      for (const facts of this.reader.read(bytes, address, 16)) {
        if (!this.#facts.has(facts.address)) this.#facts.set(facts.address, facts);
      }
    }
    const facts = this.#facts.get(address);
    if (facts) {
      this.#low = Math.min(this.#low, address);
      this.#high = Math.max(this.#high, address + facts.length);
    }
    return facts;
  }
}

function asPush(facts: InstructionFacts): InstructionFacts {
  return { ...facts, flow: { kind: "next" }, operation: "push", operands: [], stackIncrement: -8 };
}
