/** The vocabulary of the decision that another thread goes on (`switch-emitter.ts`). */
import { operations } from "../x86/operations.js";
import { pageBits, pageShift, permissionTable } from "./layout.js";
import type { FlagPart } from "./semantics-emitter.js";
import {
  entryField,
  entryShift,
  firstEntry,
  firstRest,
  hashFactor,
  hashShift,
  places,
  restSize,
} from "./switch-layout.js";
import { type FunctionWriter, op } from "./wasm-writer.js";

export const stackPointer = 4;

/** Locals for the decision: so many of 32 bits from the first on, and one of 64. */
export const switchLocals = 4;
export interface SwitchLocals {
  readonly i32: number;
  readonly i64: number;
}

/** What is known of the instruction that switches; each pushes an i32, but `homeAddress` an i64. */
export interface SwitchPlace {
  /** Whether somebody has looked at it, and it is the one that was compiled. */
  isKnown(): void;
  number(): void;
  returnDistance(): void;
  homeAddress(): void;
  homeWords(): void;
  /** Registers, by bits, that need not be kept: the routine has saved them. */
  readonly saved: number;
}

/** Where the values of the program's state are. */
export interface SwitchSurroundings {
  /** Push a general register, a part of the flags, rSP before the instruction (i64), the instruction count (i64). */
  general(index: number): void;
  flag(part: FlagPart): void;
  from(): void;
  count(): void;
}

/** What the decision is made of: fields of entries, the engine's own variables, and the way out. */
export abstract class SwitchCode {
  protected readonly current: number;
  protected readonly next: number;
  protected readonly a: number;
  protected readonly b: number;
  protected readonly wide: number;
  protected undecided = 0;

  constructor(
    protected readonly code: FunctionWriter,
    locals: SwitchLocals,
    protected readonly at: SwitchPlace,
    protected readonly surroundings: SwitchSurroundings,
    protected readonly isFull: boolean,
  ) {
    this.current = locals.i32;
    this.next = locals.i32 + 1;
    this.a = locals.i32 + 2;
    this.b = locals.i32 + 3;
    this.wide = locals.i64;
  }

  /** Pushes the entry that the table has for a place (pushed as i64 by `place`); 0 is none. */
  protected entryAt(place: () => void): void {
    const { code } = this;
    place();
    this.operation("i32.wrap_i64");
    code.i32(hashFactor);
    this.operation("i32.mul");
    code.i32(hashShift);
    this.operation("i32.shr_u");
    code.i32(2);
    this.operation("i32.shl");
    code.memory(op.i32Load, places);
  }

  /** Whether the entry's place is what `place` pushes. Entry 0 has none: there the engine's memory is zero. */
  protected isAt(entry: number, place: () => void): void {
    this.load64(entry, entryField.place);
    place();
    this.operation("i64.eq");
  }

  protected isWithoutBounds(entry: number): void {
    this.load(entry, entryField.epoch);
    this.code.i32(31);
    this.operation("i32.shr_u");
  }

  /** Pushes where the rest of the running thread's registers is kept. */
  protected rest(): void {
    const { code } = this;
    code.get(this.current);
    code.i32(firstEntry);
    this.operation("i32.sub");
    code.i32(entryShift);
    this.operation("i32.shr_u");
    code.i32(restSize);
    this.operation("i32.mul");
    code.i32(firstRest);
    this.operation("i32.add");
  }

  /** Pushes where rSP will be, at the highest, when the routine has returned. */
  protected newHigh(): void {
    this.surroundings.general(stackPointer);
    this.operation("i32.wrap_i64");
    this.at.returnDistance();
    this.operation("i32.add");
    this.code.i32(8);
    this.operation("i32.add");
  }

  protected leaveUnlessMapped(address: () => void): void {
    address();
    this.code.i32(pageShift);
    this.operation("i32.shr_u");
    this.code.memory(op.i32Load8U, permissionTable);
    this.code.i32(pageBits.mapped);
    this.operation("i32.and");
    this.operation("i32.eqz");
    this.leaveIf();
  }

  protected leaveIf(): void {
    this.code.branch(this.undecided, op.brIf);
  }

  /** Compares two unsigned numbers of 32 bits. */
  protected above(): void {
    this.code.opcode(op.i32GreaterUnsigned);
  }

  protected load(entry: number, field: number): void {
    this.code.get(entry);
    this.code.memory(op.i32Load, field);
  }

  protected load64(entry: number, field: number): void {
    this.code.get(entry);
    this.code.memory(op.i64Load, field);
  }

  protected store(entry: number, field: number, value: () => void): void {
    this.code.get(entry);
    value();
    this.code.memory(op.i32Store, field);
  }

  protected store64(entry: number, field: number, value: () => void): void {
    this.code.get(entry);
    value();
    this.code.memory(op.i64Store, field);
  }

  protected global(address: number): void {
    this.code.i32(0);
    this.code.memory(op.i32Load, address);
  }

  protected setGlobal(address: number, value: () => void): void {
    this.code.i32(0);
    value();
    this.code.memory(op.i32Store, address);
  }

  protected operation(name: keyof typeof operations): void {
    this.code.opcode(operations[name][0]);
  }
}
