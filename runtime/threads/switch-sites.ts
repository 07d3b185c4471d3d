/** What is known of the instructions that switch stacks: found out once, looked up at every switch. */
import { guestAddress } from "../base/guest-address.js";
import type { Machine } from "../engine/machine.js";
import { relationOf, type StackRelation } from "./discovery.js";
import { canonicalFrame } from "./unwind/frame-state.js";
import type { FunctionAnalyses } from "./unwind/function-analysis.js";
import type { InstructionReader, RegisterNumber } from "./unwind/instruction-facts.js";

const stackPointer: RegisterNumber = 4;

export interface SwitchSite {
  readonly instruction: number;
  /** Of the instruction behind it. */
  readonly next: number;
  readonly relation: StackRelation;
  /** How far above `rsp` the return address lies. */
  readonly returnDistance: number;
  /** Where the routine has saved registers: so far from what is in the register `holder`. */
  readonly homes: readonly SavedHome[];
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
    const made: SwitchSite = {
      instruction,
      next,
      relation: relationOf(
        this.reader.read(this.machine.memory.read(guestAddress(instruction), 15), instruction, 1)[0],
      ),
      returnDistance: this.returnDistance(next),
      homes: this.#homesAt(instruction),
    };
    this.#sites.set(instruction, made);
    return made;
  }

  /** How far above `rsp` the return address lies for a frame whose next instruction is at `address`. */
  returnDistance(address: number): number {
    const value = this.analyses.reaching(guestAddress(address))?.before.get(address)?.register(stackPointer);
    return value?.base === canonicalFrame ? -value.offset - 8 : 0;
  }

  /** Where the routine that contains the instruction has saved registers, going by its arguments. */
  #homesAt(instruction: number): SavedHome[] {
    const state = this.analyses.reaching(guestAddress(instruction))?.before.get(instruction);
    const homes = new Map<RegisterNumber, SavedHome>();
    for (const { register, base, offset } of state?.contexts ?? []) {
      const holder = state?.registers.findIndex((value) => value?.base === base && value.offset === 0) ?? -1;
      if (holder >= 0 && this.preserved.includes(register)) homes.set(register, { register, holder, offset });
    }
    return [...homes.values()];
  }
}
