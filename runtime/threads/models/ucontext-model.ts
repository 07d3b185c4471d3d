/**
 * What `makecontext` tells (POSIX.1-2001): a thread that has not run yet, its function and its stack. Contexts are the
 * program's own variables, and it may save a thread in any of them: what becomes of a thread is left to discovery.
 */
import { type GuestAddress, guestAddress } from "../../base/guest-address.js";
import type { Machine } from "../../engine/machine.js";
import type { FunctionTable } from "../unwind/function-table.js";
import type { ModelField, ModelHook, ModelThread, SlotGlance, ThreadModel } from "./thread-model.js";

/** Offsets in `ucontext_t` on x86-64: `uc_stack.ss_sp`, `uc_stack.ss_size`, `uc_mcontext.gregs[REG_RSP]`. */
const offsets = { stack: 16, stackSize: 32, stackPointer: 160 } as const;

interface Made {
  readonly context: number;
  readonly entry: number;
  readonly low: number;
  readonly high: number;
  /** Another context has been made on its stack since. */
  isOver: boolean;
}

export class UcontextModel implements ThreadModel {
  readonly tracksPointers = false;
  readonly hooks: ReadonlyMap<GuestAddress, ModelHook>;
  readonly subtleFunctions: ReadonlySet<number>;
  readonly rootFunctions: ReadonlySet<number>;
  readonly trampolines: ReadonlySet<number> = new Set();
  /** By slot, from 1. */
  readonly #made: Made[] = [];

  private constructor(
    readonly machine: Machine,
    makecontext: GuestAddress,
    bottom: ReadonlySet<number>,
  ) {
    this.hooks = new Map([[makecontext, "spawned"]]);
    this.subtleFunctions = bottom;
    this.rootFunctions = bottom;
  }

  /** Undefined for a program without `makecontext`. */
  static find(machine: Machine, table: FunctionTable): UcontextModel | undefined {
    const makecontext = table.symbol("makecontext");
    if (makecontext?.kind !== "function") return undefined;
    // Where functions of contexts return to: in glibc, in our own.
    const bottom = ["__start_context", "start_link"].flatMap((name) => table.symbol(name) ?? []);
    return new UcontextModel(machine, makecontext.address, new Set(bottom.map(({ address }) => Number(address))));
  }

  count(): number {
    return this.#made.length === 0 ? 0 : this.#made.length + 1;
  }

  /** `makecontext(context, function, …)` is entered. */
  spawnedSlot(): number {
    const { registers, memory } = this.machine;
    const context = Number(registers.general("rdi"));
    const low = memory.readNumber(context + offsets.stack) ?? 0;
    const high = low + (memory.readNumber(context + offsets.stackSize) ?? 0);
    if (low === 0 || high <= low || high > 0xffff_ffff) return -1;
    for (const other of this.#made) if (other.low < high && low < other.high) other.isOver = true;
    return this.#made.push({ context, entry: Number(registers.general("rsi")), low, high, isOver: false });
  }

  glance(slot: number): SlotGlance | undefined {
    if (slot === 0) return { state: "running", pointer: 0, entry: 0 };
    const made = this.#made[slot - 1];
    if (!made) return undefined;
    const saved = this.machine.memory.readNumber(made.context + offsets.stackPointer) ?? 0;
    const pointer = saved > made.low && saved <= made.high ? saved : made.high - 8;
    return { state: made.isOver ? "available" : "ready", pointer, entry: made.entry };
  }

  thread(slot: number): ModelThread | undefined {
    const glance = this.glance(slot);
    const made = this.#made[slot - 1];
    if (!glance || !made) return undefined;
    return {
      slot,
      state: glance.state,
      stack: { low: guestAddress(made.low), high: guestAddress(made.high) },
      pointer: guestAddress(glance.pointer),
      context: new Map(),
      entry: guestAddress(made.entry),
      startsAtEntry: true,
    };
  }

  anchors(): [] {
    return [];
  }

  wordsOf(): undefined {
    return undefined;
  }

  fields(): ModelField[] {
    return [];
  }
}
