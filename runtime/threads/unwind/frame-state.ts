/**
 * What is known of a function's frame before one of its instructions, whatever the registers hold when it runs: each
 * value is a constant distance from something that was fixed when the function was entered.
 */
import type { InstructionFacts, Operand, RegisterNumber } from "./instruction-facts.js";

/** Bases 0 to 15: the value that this general register had on entry. */
export type Base = number;
/** DWARF's canonical frame address: `rsp` before the call. */
export const canonicalFrame: Base = 16;
/** From here on: what `rsp` became at an instruction that moved it by an amount not known (base = 32 + its address). */
const firstMovedBase: Base = 32;

export interface Value {
  readonly base: Base;
  readonly offset: number;
}

const rspNumber: RegisterNumber = 4;
const rbpNumber: RegisterNumber = 5;

/** Registers that a called function preserves, by hardware number. */
export const calleeSaved = {
  systemV: [3, 4, 5, 12, 13, 14, 15],
  windows: [3, 4, 5, 6, 7, 12, 13, 14, 15],
} as const;

/** Where a register's entry value was put outside the stack, relative to another register's entry value. */
export interface ContextStore {
  readonly register: RegisterNumber;
  readonly base: RegisterNumber;
  readonly offset: number;
}

interface Slot {
  /** Where it is. */
  readonly at: Value;
  readonly value: Value;
}

/** Never changed once made: each step makes a new one. */
export class FrameState {
  private constructor(
    /** By hardware number. */
    readonly registers: readonly (Value | undefined)[],
    /** Stack words with a known value, by `slotKey`. */
    readonly slots: ReadonlyMap<string, Slot>,
    /** Register contexts that were written: what makes a switch routine. */
    readonly contexts: readonly ContextStore[],
    /**
     * Set behind an instruction that put another stack into `rsp`: the registers at that moment. The thread that goes
     * on here once left at the same place, so its registers, as they are loaded, are what these were then.
     */
    readonly beforeSwitch: readonly (Value | undefined)[] | undefined,
  ) {}

  static atEntry(): FrameState {
    const registers: Value[] = [];
    for (let number = 0; number < 16; number++) registers.push({ base: number, offset: 0 });
    registers[rspNumber] = { base: canonicalFrame, offset: -8 };
    return new FrameState(registers, new Map(), [], undefined);
  }

  register(number: RegisterNumber): Value | undefined {
    return this.registers[number];
  }

  /**
   * The state behind the instruction, calls included (the callee preserved what the ABI says). `resumeOffset`: it is
   * known to put another stack into `rsp`, so many bytes above where the thread of that stack left.
   */
  after(facts: InstructionFacts, preserved: readonly RegisterNumber[], resumeOffset?: number): FrameState {
    const draft = new Draft(this, resumeOffset);
    draft.execute(facts, preserved);
    return draft.finish((registers, slots, contexts, beforeSwitch) =>
      registers === this.registers &&
      slots === this.slots &&
      contexts === this.contexts &&
      beforeSwitch === this.beforeSwitch
        ? this
        : new FrameState(registers, slots, contexts, beforeSwitch),
    );
  }

  /**
   * What holds on both ways to an instruction; `this` itself when that is nothing less. Where the ways disagree about
   * `rsp`, one of them is not a real one (code behind a call that never returns): the first way found is kept.
   */
  joinedWith(other: FrameState): FrameState {
    if (other === this) return this;
    if (!sameValue(this.registers[rspNumber], other.registers[rspNumber])) return this;
    const registers = this.registers.map((value, index) =>
      sameValue(value, other.registers[index]) ? value : undefined,
    );
    const slots = new Map<string, Slot>();
    for (const [key, slot] of this.slots) {
      if (sameValue(slot.value, other.slots.get(key)?.value)) slots.set(key, slot);
    }
    const contexts = this.contexts.filter((one) => other.contexts.some((two) => sameContext(one, two)));
    const beforeSwitch = this.beforeSwitch && other.beforeSwitch ? this.beforeSwitch : undefined;
    const isUnchanged =
      registers.every((value, index) => value === this.registers[index]) &&
      slots.size === this.slots.size &&
      contexts.length === this.contexts.length &&
      beforeSwitch === this.beforeSwitch;
    return isUnchanged ? this : new FrameState(registers, slots, contexts, beforeSwitch);
  }
}

type Finish = (
  registers: FrameState["registers"],
  slots: FrameState["slots"],
  contexts: FrameState["contexts"],
  beforeSwitch: FrameState["beforeSwitch"],
) => FrameState;

/** A state being changed by one instruction; copies only what changes. */
class Draft {
  #registers: readonly (Value | undefined)[];
  #ownRegisters: (Value | undefined)[] | undefined;
  #slots: ReadonlyMap<string, Slot>;
  #ownSlots: Map<string, Slot> | undefined;
  #contexts: readonly ContextStore[];
  #beforeSwitch: readonly (Value | undefined)[] | undefined;

  constructor(
    state: FrameState,
    private readonly resumeOffset: number | undefined,
  ) {
    this.#registers = state.registers;
    this.#slots = state.slots;
    this.#contexts = state.contexts;
    this.#beforeSwitch = state.beforeSwitch;
  }

  finish(make: Finish): FrameState {
    return make(this.#registers, this.#slots, this.#contexts, this.#beforeSwitch);
  }

  execute(facts: InstructionFacts, preserved: readonly RegisterNumber[]): void {
    if (facts.flow.kind === "call") {
      this.#call(preserved);
      return;
    }
    const [first, second] = facts.operands;
    switch (facts.operation) {
      case "push":
        this.#push(first?.kind === "register" ? this.#get(first.register) : undefined, facts.stackIncrement);
        return;
      case "pop":
        this.#pop(first, facts);
        return;
      case "leave":
        if (this.resumeOffset !== undefined) {
          this.#switchStack();
          return;
        }
        this.#moveStackPointer(this.#get(rbpNumber), facts);
        this.#set(rbpNumber, this.#load(this.#get(rspNumber)));
        this.#adjust(8);
        return;
      case "enter":
        this.#push(this.#get(rbpNumber), -8);
        this.#set(rbpNumber, this.#get(rspNumber));
        // A nesting level other than 0 pushes more frame pointers; no compiler emits it.
        if (first?.kind === "immediate") this.#adjust(-first.value);
        return;
      case "mov":
      case "lea":
      case "add":
      case "sub":
      case "and":
        if (first?.kind === "register") {
          this.#assign(first.register, this.#result(facts, first.register, second), facts, second);
          return;
        }
        if (facts.operation === "mov" && first?.kind === "memory") {
          this.#store(first, second?.kind === "register" ? this.#get(second.register) : undefined, second);
          return;
        }
        break;
      case "xchg":
        if (first?.kind === "register" && second?.kind === "register") {
          const [one, two] = [this.#get(first.register), this.#get(second.register)];
          this.#assign(first.register, two, facts, second);
          this.#assign(second.register, one, facts, first);
          return;
        }
        break;
      case "other":
        break;
    }
    this.#other(facts, first);
  }

  #call(preserved: readonly RegisterNumber[]): void {
    const pointer = this.#get(rspNumber);
    for (let number = 0; number < 16; number++) {
      if (!preserved.includes(number)) this.#set(number, undefined);
    }
    // What lay below rsp belongs to the callee.
    if (pointer) {
      for (const [key, slot] of this.#slots) {
        if (slot.at.base === pointer.base && slot.at.offset < pointer.offset) this.#deleteSlot(key);
      }
    }
  }

  #other(facts: InstructionFacts, first: Operand | undefined): void {
    if (facts.writesOperand0 && first?.kind === "memory") this.#store(first, undefined, undefined);
    for (const register of facts.writes) {
      if (register !== rspNumber) this.#set(register, undefined);
      else if (facts.stackIncrement !== 0) this.#adjust(facts.stackIncrement);
      else this.#moveStackPointer(undefined, facts);
    }
  }

  #result(facts: InstructionFacts, target: RegisterNumber, second: Operand | undefined): Value | undefined {
    switch (facts.operation) {
      case "mov":
        if (second?.kind === "register") return this.#get(second.register);
        if (second?.kind === "memory" && second.size === 8) return this.#load(this.#placeOf(second));
        return undefined;
      case "lea":
        return second?.kind === "memory" ? this.#placeOf(second) : undefined;
      case "add":
        return second?.kind === "immediate" ? plus(this.#get(target), second.value) : this.#moved(facts, target);
      case "sub":
        return second?.kind === "immediate" ? plus(this.#get(target), -second.value) : this.#moved(facts, target);
      case "and":
        return this.#moved(facts, target);
      default:
        return undefined;
    }
  }

  /** An address on the stack, moved by an amount not known: what becomes of `rsp` in another register, as in `alloca`. */
  #moved(facts: InstructionFacts, target: RegisterNumber): Value | undefined {
    const value = this.#get(target);
    if (target === rspNumber || !value || value.base < canonicalFrame) return undefined;
    const base = firstMovedBase + facts.address;
    this.#forget((one) => one.base === base);
    return { base, offset: 0 };
  }

  #assign(
    register: RegisterNumber,
    value: Value | undefined,
    facts: InstructionFacts,
    source: Operand | undefined,
  ): void {
    if (register === rspNumber) {
      this.#moveStackPointer(value, facts);
      return;
    }
    if (this.#beforeSwitch && value === undefined && facts.operation === "mov" && source?.kind === "memory") {
      this.#set(register, this.#beforeSwitch[register]);
      return;
    }
    this.#set(register, value);
  }

  /** Gives `rsp` a value: of this stack where it is known to be, otherwise moved about on it, or another stack's. */
  #moveStackPointer(value: Value | undefined, facts: InstructionFacts): void {
    if (this.resumeOffset !== undefined) {
      this.#switchStack();
      return;
    }
    if (value && value.base >= canonicalFrame) {
      this.#set(rspNumber, value);
      return;
    }
    const isArithmetic = facts.operation === "and" || facts.operation === "sub" || facts.operation === "add";
    const isRelative =
      facts.operation === "lea" && facts.operands[1]?.kind === "memory" && facts.operands[1].base === rspNumber;
    if (isArithmetic || isRelative) {
      const base = firstMovedBase + facts.address;
      this.#forget((one) => one.base === base);
      this.#set(rspNumber, { base, offset: 0 });
      return;
    }
    if (facts.operation === "leave") {
      // Without a known rbp, nothing is known of what is below.
      this.#forget((one) => one.base >= canonicalFrame);
      return;
    }
    this.#switchStack();
  }

  /** Whoever goes on here once left at the same place; its registers are still to be loaded. */
  #switchStack(): void {
    this.#beforeSwitch = this.#registers;
    const pointer = this.#get(rspNumber);
    for (let number = 0; number < 16; number++) if (number !== rspNumber) this.#set(number, undefined);
    this.#set(rspNumber, plus(pointer, this.resumeOffset ?? 0));
  }

  #push(value: Value | undefined, increment: number): void {
    this.#adjust(increment);
    this.#storeAt(this.#get(rspNumber), value, -increment);
  }

  #pop(target: Operand | undefined, facts: InstructionFacts): void {
    if (this.resumeOffset !== undefined && target?.kind === "register" && target.register === rspNumber) {
      this.#switchStack();
      return;
    }
    const value = facts.stackIncrement === 8 ? this.#load(this.#get(rspNumber)) : undefined;
    this.#adjust(facts.stackIncrement);
    if (target?.kind === "register") {
      if (target.register === rspNumber) this.#moveStackPointer(value, facts);
      else this.#set(target.register, value);
    } else if (target?.kind === "memory") this.#store(target, undefined, undefined);
    else for (const register of facts.writes) if (register !== rspNumber) this.#set(register, undefined);
  }

  #store(target: Operand & { kind: "memory" }, value: Value | undefined, source: Operand | undefined): void {
    const place = this.#placeOf(target);
    if (!place) return;
    if (place.base >= canonicalFrame) this.#storeAt(place, target.size === 8 ? value : undefined, target.size);
    else if (source?.kind === "register" && target.size === 8) this.#noteContext(source.register, value, place);
  }

  /** A register with its entry value, or rsp, stored at a distance from an argument: a context is being saved. */
  #noteContext(register: RegisterNumber, value: Value | undefined, place: Value): void {
    const isWhole = register === rspNumber || (value?.base === register && value.offset === 0);
    if (!isWhole) return;
    const others = this.#contexts.filter((one) => one.register !== register);
    this.#contexts = [...others, { register, base: place.base, offset: place.offset }];
  }

  #storeAt(place: Value | undefined, value: Value | undefined, size: number): void {
    if (!place) return;
    for (const [key, slot] of this.#slots) {
      const distance = slot.at.offset - place.offset;
      if (slot.at.base === place.base && distance > -8 && distance < size) this.#deleteSlot(key);
    }
    if (value) {
      this.#ownSlots ??= new Map(this.#slots);
      this.#ownSlots.set(slotKey(place), { at: place, value });
      this.#slots = this.#ownSlots;
    }
  }

  #load(place: Value | undefined): Value | undefined {
    return place && this.#slots.get(slotKey(place))?.value;
  }

  #placeOf(operand: Operand & { kind: "memory" }): Value | undefined {
    return operand.base === undefined ? undefined : plus(this.#get(operand.base), operand.displacement);
  }

  #adjust(bytes: number): void {
    this.#set(rspNumber, plus(this.#get(rspNumber), bytes));
  }

  #get(register: RegisterNumber): Value | undefined {
    return this.#registers[register];
  }

  #set(register: RegisterNumber, value: Value | undefined): void {
    if (sameValue(this.#registers[register], value)) return;
    this.#ownRegisters ??= [...this.#registers];
    this.#ownRegisters[register] = value;
    this.#registers = this.#ownRegisters;
  }

  #deleteSlot(key: string): void {
    this.#ownSlots ??= new Map(this.#slots);
    this.#ownSlots.delete(key);
    this.#slots = this.#ownSlots;
  }

  #forget(matches: (value: Value) => boolean): void {
    for (let number = 0; number < 16; number++) {
      const value = this.#get(number);
      if (value && matches(value)) this.#set(number, undefined);
    }
    for (const [key, slot] of this.#slots) {
      if (matches(slot.at) || matches(slot.value)) this.#deleteSlot(key);
    }
  }
}

function plus(value: Value | undefined, bytes: number): Value | undefined {
  return value && { base: value.base, offset: value.offset + bytes };
}

function sameValue(one: Value | undefined, two: Value | undefined): boolean {
  return one === two || (one !== undefined && two !== undefined && one.base === two.base && one.offset === two.offset);
}

function sameContext(one: ContextStore, two: ContextStore): boolean {
  return one.register === two.register && one.base === two.base && one.offset === two.offset;
}

function slotKey(place: Value): string {
  return `${place.base}:${place.offset}`;
}
