import { addressPlus, type GuestAddress, guestAddress } from "../base/guest-address.js";
import type { ProgramImage } from "../base/program-image.js";
import { generalRegisterNames, type KeptRegisters, type Machine, type RegisterSnapshot } from "../engine/machine.js";
import type { ModelThread, ThreadModel } from "./models/thread-model.js";
import type { Landing } from "./path-ahead.js";
import type { SwitchSite } from "./switch-sites.js";
import type { Parked, ThreadRecord } from "./thread-record.js";
import type { StackFrame } from "./types.js";
import type { FunctionTable } from "./unwind/function-table.js";
import type { RegisterNumber } from "./unwind/instruction-facts.js";
import type { Home, Unwinder, UnwindLimits, UnwindStart, UnwoundFrame } from "./unwind/unwinder.js";

const stackPointer: RegisterNumber = 4;

/** What the model says of a thread, read afresh; undefined for one that it does not know. */
export function slotOf(model: ThreadModel | undefined, record: ThreadRecord): ModelThread | undefined {
  return record.slot === undefined ? undefined : model?.thread(record.slot);
}

/** Call stacks of threads, whether they run, are parked, or have not run yet. */
export class ThreadStacks {
  constructor(
    readonly machine: Machine,
    readonly image: ProgramImage,
    readonly table: FunctionTable,
    readonly unwinder: Unwinder,
    readonly model: ThreadModel | undefined,
    /** CFA of the process's first function. */
    readonly firstFrame: GuestAddress,
  ) {}

  /** The frames of a thread, innermost first, each worked out when it is asked for. */
  unwind(record: ThreadRecord, isCurrent: boolean, mostFrames?: number): Iterable<UnwoundFrame> {
    const limits = { ...this.#limitsOf(record), mostFrames: record.isCopiedAway ? 1 : mostFrames };
    const frames = this.unwinder.unwind(this.startOf(record, isCurrent), limits);
    return record.hasRun ? frames : this.#withEntry(record, frames);
  }

  wordAt(pointer: bigint | undefined): number | undefined {
    return pointer === undefined ? undefined : this.machine.memory.readNumber(Number(pointer));
  }

  #limitsOf(record: ThreadRecord): UnwindLimits {
    const start = Number(this.image.entry);
    return {
      high: record.bounds && guestAddress(record.bounds.high),
      firstFrame: record.isBase ? this.firstFrame : undefined,
      isRoot: (known) => known === start || this.model?.rootFunctions.has(known) === true,
      isSubtle: (known) => this.model?.subtleFunctions.has(known) === true,
    };
  }

  /** A thread that starts in a trampoline has its entry function on top, which is what it was spawned for. */
  *#withEntry(record: ThreadRecord, frames: Iterable<UnwoundFrame>): Generator<UnwoundFrame, undefined, undefined> {
    let above = 0;
    for (const { frame, homes } of frames) {
      const { functionAddress: start, index } = frame;
      const isTrampoline = index === 0 && start !== undefined && this.model?.trampolines.has(Number(start)) === true;
      if (isTrampoline && record.entry !== undefined) {
        yield { frame: this.#entryFrame(frame, record.entry), homes };
        above = 1;
      }
      yield { frame: { ...frame, index: index + above, stackIndex: frame.stackIndex + above }, homes };
    }
  }

  #entryFrame(trampoline: StackFrame, entry: GuestAddress): StackFrame {
    const { position: _trampolinePosition, functionName: _trampolineName, ...rest } = trampoline;
    return {
      ...rest,
      instruction: entry,
      codeAddress: entry,
      functionName: this.table.containing(entry)?.name,
      functionAddress: entry,
      position: this.table.positionOf(entry),
      presentation: "normal",
      registers: { ...trampoline.registers, rip: entry },
    };
  }

  /** The registers that a thread has: live, kept, or prepared for it. */
  startOf(record: ThreadRecord, isCurrent: boolean): UnwindStart {
    if (isCurrent) {
      const full = this.machine.registers.snapshot();
      return {
        rip: full.rip,
        general: full.general,
        homes: generalRegisterNames.map((_, number): Home => ({ kind: "register", number })),
        full,
        resumed: record.resumed ?? generalOf(record.kept),
      };
    }
    if (record.preempted) return startOfPreempted(record.preempted);
    return record.parked ? this.#startOfParked(record, record.parked) : this.#startOfNew(record);
  }

  /**
   * The registers before the instruction that has just moved `rsp`, as far as they are known; where the switch routine's
   * return address is on the stack, as its caller has them: the routine's own frame may be described as that of whoever
   * goes on.
   */
  startBefore({ site, from }: { readonly site: SwitchSite | undefined; readonly from: number }): UnwindStart {
    const full = this.machine.registers.snapshot();
    const general: bigint[] = [...full.general];
    general[stackPointer] = BigInt(from);
    const slot = from + (site?.returnDistance ?? 0);
    const caller = guestAddress(this.machine.memory.readNumber(slot) ?? 0);
    if (site && this.machine.memory.permissionsAt(caller)?.execute === true) {
      general[stackPointer] = BigInt(slot + 8);
      return { rip: caller, general, homes: [] };
    }
    return { rip: site ? guestAddress(site.instruction) : full.rip, general, homes: [] };
  }

  /**
   * Whether a landing with `to` in `rsp` before belongs to one of the thread's frames: it is in that frame's function,
   * or its `rsp` is that of a caller behind its call. `pointer` is the thread's own `rsp`. Undefined: the stack does not tell.
   */
  landsOn(
    record: ThreadRecord,
    start: UnwindStart,
    pointer: number,
    to: number,
    landing: Landing,
  ): boolean | undefined {
    const target = this.table.containing(BigInt(landing.address))?.start;
    let low = pointer;
    for (const { frame } of this.unwinder.unwind(start, this.#limitsOf(record))) {
      const high = Number(frame.canonicalFrameAddress);
      if (landing.pointer === high || landing.pointer === low) return true;
      if (to >= low && to < high) return target !== undefined && target === Number(frame.functionAddress ?? -1n);
      low = high;
    }
    return undefined;
  }

  /** Saved registers are read where the switch routine keeps them: that is what the thread will be given back. */
  #startOfParked(record: ThreadRecord, parked: Parked): UnwindStart {
    const snapshot = parked.registers.snapshot();
    const general = [...snapshot.general];
    general[stackPointer] = (general[stackPointer] ?? 0n) + BigInt(parked.site.resumeOffset);
    const homes: (Home | undefined)[] = new Array(16).fill(undefined);
    for (const [number, address] of this.#homesOfParked(record, parked)) {
      if (number === stackPointer) continue;
      const word = this.machine.memory.readWord(address);
      if (word === undefined) continue;
      general[number] = word;
      homes[number] = { kind: "memory", address };
    }
    const full = { ...snapshot, general };
    return { rip: full.rip, general, homes, full, resumed: general, resumedHomes: homes };
  }

  /** As the code of the switch routine tells; where it does not, as the model does. */
  #homesOfParked(record: ThreadRecord, parked: Parked): Iterable<readonly [RegisterNumber, GuestAddress]> {
    const { site, registers } = parked;
    if (site.homes.length === 0) return slotOf(this.model, record)?.context ?? [];
    return site.homes.map(({ register, holder, offset }) => [
      register,
      addressPlus(guestAddress(registers.general(holder)), offset),
    ]);
  }

  /** As if the switch routine had just returned on the stack that was prepared for it. */
  #startOfNew(record: ThreadRecord): UnwindStart {
    const general: (bigint | undefined)[] = new Array(16).fill(undefined);
    const homes: (Home | undefined)[] = new Array(16).fill(undefined);
    const model = slotOf(this.model, record);
    for (const [number, address] of model?.context ?? []) {
      if (number === stackPointer) continue;
      general[number] = this.machine.memory.readWord(address);
      homes[number] = { kind: "memory", address };
    }
    const pointer = model?.pointer ?? guestAddress(record.low);
    if (model?.startsAtEntry && model.entry !== undefined) {
      general[stackPointer] = pointer;
      return { rip: model.entry, general, homes };
    }
    general[stackPointer] = addressPlus(pointer, 8);
    const rip = this.machine.memory.readWord(pointer) ?? record.entry ?? 0n;
    return { rip: guestAddress(rip), general, homes };
  }
}

/** What the kernel keeps of a thread of the system cannot be written to. */
function startOfPreempted(full: RegisterSnapshot): UnwindStart {
  return { rip: full.rip, general: full.general, homes: new Array(16).fill(undefined), full };
}

function generalOf(registers: KeptRegisters | undefined): bigint[] | undefined {
  return registers && generalRegisterNames.map((_, number) => registers.general(number));
}
