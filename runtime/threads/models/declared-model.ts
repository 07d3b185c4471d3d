/**
 * The model of a runtime that its author, or we, have declared: a table or a chain of threads, and for each field an
 * expression. The expressions are compiled elsewhere; here they are functions of a thread's place.
 */
import { type GuestAddress, guestAddress } from "../../base/guest-address.js";
import type { Machine } from "../../engine/machine.js";
import type { RegisterNumber } from "../unwind/instruction-facts.js";
import type { ModelField, ModelHook, ModelThread, SlotGlance, ThreadModel } from "./thread-model.js";

/** A value for the thread at an address, which is the index-th; undefined where memory does not have it. */
export type ModelValue = (thread: number, index: number) => number | undefined;

/** Where the threads are. */
export type ThreadList =
  | { readonly kind: "table"; readonly first: ModelValue; readonly size: number; readonly count: ModelValue }
  | { readonly kind: "chain"; readonly first: ModelValue; readonly next: ModelValue };

export interface DeclaredModelParts {
  readonly list: ThreadList;
  /** The first of them is the thread that the program starts in. */
  readonly hasBase: boolean;
  readonly stackPointer: ModelValue;
  /** Where the saved stack pointer is, if it is a word of memory. */
  readonly stackPointerAt: ModelValue;
  /** Undefined: whoever is in the list lives. */
  readonly state: ModelValue | undefined;
  /** Where the state is, if it is a word of memory. */
  readonly stateAt: ModelValue;
  readonly states: ReadonlyMap<number, ModelThread["state"]>;
  readonly stackLow: ModelValue | undefined;
  readonly stackHigh: ModelValue | undefined;
  readonly entry: ModelValue | undefined;
  readonly name: ((thread: number, index: number) => string | undefined) | undefined;
  /** Where registers are saved while a thread does not run. */
  readonly saved: ReadonlyMap<RegisterNumber, ModelValue>;
  readonly hooks: ReadonlyMap<GuestAddress, ModelHook>;
  readonly subtleFunctions: ReadonlySet<number>;
  readonly rootFunctions: ReadonlySet<number>;
  readonly trampolines: ReadonlySet<number>;
}

/** More threads than that are taken for nonsense. */
const most = 1_000_000;

export class DeclaredModel implements ThreadModel {
  readonly hooks: ReadonlyMap<GuestAddress, ModelHook>;
  readonly subtleFunctions: ReadonlySet<number>;
  readonly rootFunctions: ReadonlySet<number>;
  readonly trampolines: ReadonlySet<number>;
  /** Places of a chain's threads, for one moment. */
  #chain: readonly number[] = [];
  #chainAt = "";

  /** A living thread's state is 1 or 2, and no other's: so far the engine can see it. */
  readonly #isPlain: boolean;

  constructor(
    readonly machine: Machine,
    readonly parts: DeclaredModelParts,
  ) {
    this.#isPlain = [...parts.states].every(
      ([value, state]) => (state === "available") !== (value === 1 || value === 2),
    );
    this.hooks = parts.hooks;
    this.subtleFunctions = parts.subtleFunctions;
    this.rootFunctions = parts.rootFunctions;
    this.trampolines = parts.trampolines;
  }

  /** Without a base thread in the list, slot 0 is it all the same, and the list begins with slot 1. */
  get #firstSlot(): number {
    return this.parts.hasBase ? 0 : 1;
  }

  count(): number {
    const count = this.#listed();
    return count === 0 ? 0 : count + this.#firstSlot;
  }

  #listed(): number {
    const { list } = this.parts;
    if (list.kind === "chain") return this.#walk().length;
    const count = list.count(0, 0) ?? 0;
    return Number.isInteger(count) && count > 0 && count <= most && (list.first(0, 0) ?? 0) !== 0 ? count : 0;
  }

  /** The chain is walked once for a moment of the program. */
  #walk(): readonly number[] {
    const { list } = this.parts;
    if (list.kind !== "chain") return [];
    const now = `${this.machine.version} ${this.machine.instructionCount}`;
    if (now === this.#chainAt) return this.#chain;
    const places = new Set<number>();
    let at = list.first(0, 0);
    while (at !== undefined && at !== 0 && !places.has(at) && places.size < most) {
      places.add(at);
      at = list.next(at, places.size - 1);
    }
    this.#chainAt = now;
    this.#chain = [...places];
    return this.#chain;
  }

  #placeOf(slot: number): number | undefined {
    const index = slot - this.#firstSlot;
    if (index < 0) return undefined;
    const { list } = this.parts;
    if (list.kind === "chain") return this.#walk()[index];
    const first = list.first(0, 0);
    return first === undefined || index >= this.#listed() ? undefined : first + index * list.size;
  }

  #value(slot: number, value: ModelValue | undefined): number | undefined {
    const place = this.#placeOf(slot);
    return place === undefined || !value ? undefined : value(place, slot - this.#firstSlot);
  }

  glance(slot: number): SlotGlance | undefined {
    if (slot < this.#firstSlot) return { state: "running", pointer: 0, entry: 0 };
    const { state: stateOf, stackPointer, entry, states } = this.parts;
    const pointer = this.#value(slot, stackPointer);
    if (pointer === undefined) return undefined;
    const known = stateOf ? this.#value(slot, stateOf) : undefined;
    const state = stateOf ? states.get(known ?? Number.NaN) : "ready";
    return state === undefined ? undefined : { state, pointer, entry: this.#value(slot, entry) ?? 0 };
  }

  thread(slot: number): ModelThread | undefined {
    const glance = this.glance(slot);
    if (!glance) return undefined;
    const [low, high] = [this.#value(slot, this.parts.stackLow), this.#value(slot, this.parts.stackHigh)];
    const hasStack = low !== undefined && high !== undefined && low > 0 && high > low && high <= 0xffff_ffff;
    const context = new Map<RegisterNumber, GuestAddress>();
    for (const [register, at] of this.parts.saved) {
      const address = this.#value(slot, at);
      if (address !== undefined && address > 0) context.set(register, guestAddress(address));
    }
    const place = this.#placeOf(slot);
    const name = place === undefined ? undefined : this.parts.name?.(place, slot - this.#firstSlot);
    return {
      slot,
      state: glance.state,
      ...(hasStack ? { stack: { low: guestAddress(low), high: guestAddress(high) } } : {}),
      pointer: guestAddress(glance.pointer),
      context,
      ...(glance.entry === 0 ? {} : { entry: guestAddress(glance.entry) }),
      ...(name ? { name } : {}),
    };
  }

  anchors(): { readonly address: number; readonly value: number }[] {
    return [];
  }

  wordsOf(slot: number): { readonly pointerAt: number; readonly stateAt: number | undefined } | undefined {
    const { stackPointerAt, state, stateAt } = this.parts;
    const pointerAt = this.#value(slot, stackPointerAt);
    if (pointerAt === undefined) return undefined;
    if (!state) return { pointerAt, stateAt: undefined };
    const at = this.#isPlain ? this.#value(slot, stateAt) : undefined;
    return at === undefined ? undefined : { pointerAt, stateAt: at };
  }

  /** There is no way to tell: threads are looked for wherever a stack is new. */
  spawnedSlot(): number {
    return -1;
  }

  fields(address: GuestAddress, length: number): ModelField[] {
    const { list } = this.parts;
    if (list.kind !== "table") return [];
    const first = list.first(0, 0);
    if (first === undefined) return [];
    const fields: ModelField[] = [];
    const from = Math.max(0, Math.floor((Number(address) - first) / list.size));
    const to = Math.min(this.#listed() - 1, Math.floor((Number(address) + length - 1 - first) / list.size));
    for (let index = from; index <= to; index++) {
      const at = this.parts.stackPointerAt(first + index * list.size, index);
      if (at === undefined || at + 8 <= Number(address) || at >= Number(address) + length) continue;
      const slot = index + this.#firstSlot;
      fields.push({ address: guestAddress(at), length: 8, text: `thread ${slot} saved rsp`, slot });
    }
    return fields;
  }
}
