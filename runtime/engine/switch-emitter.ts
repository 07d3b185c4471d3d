/**
 * The decision that another known thread goes on, made where rSP has just been given a value outside the running
 * thread's stack. It keeps of the two threads what the registry of threads would keep, field by field; whatever is not
 * the plain case is left to the registry, and nothing has been changed then.
 */
import { operations } from "../x86/operations.js";
import { pageBits, pageShift, permissionTable, state } from "./layout.js";
import type { FlagPart } from "./semantics-emitter.js";
import {
  changes,
  entryField,
  entryShift,
  firstEntry,
  firstRest,
  hashFactor,
  hashShift,
  homeBlock,
  mostHomeBlocks,
  places,
  registerFields,
  restParts,
  restSize,
  restStart,
  switching,
  topField,
  topSize,
  withoutBounds,
} from "./switch-layout.js";
import { type FunctionWriter, op } from "./wasm-writer.js";

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

const stackPointer = 4;
const flagFields = {
  kind: entryField.flagKind,
  a: entryField.flagA,
  b: entryField.flagB,
  result: entryField.flagResult,
} as const;

/**
 * `full`: with all cases that are decided at all (another place, other registers changed, stacks without bounds). A
 * region has the other variant: the thread is parked at the same place, by the same instruction, as last time.
 */
export class SwitchEmitter {
  private readonly current: number;
  private readonly next: number;
  private readonly a: number;
  private readonly b: number;
  private readonly wide: number;
  private undecided = 0;

  constructor(
    private readonly code: FunctionWriter,
    locals: SwitchLocals,
    private readonly at: SwitchPlace,
    private readonly surroundings: SwitchSurroundings,
    private readonly isFull: boolean,
  ) {
    this.current = locals.i32;
    this.next = locals.i32 + 1;
    this.a = locals.i32 + 2;
    this.b = locals.i32 + 3;
    this.wide = locals.i64;
  }

  /** Branches to `undecided` with nothing changed, or goes on when it is decided. */
  emit(undecided: number): void {
    this.undecided = undecided;
    this.findBoth();
    this.checkModel();
    if (this.isFull) {
      this.checkReturnSlot();
      this.checkHome();
      this.checkStacksWithoutBounds();
      this.checkPlace();
      this.copyRest();
      this.notePlace();
    } else {
      this.checkSame();
    }
    this.park();
    this.resume();
  }

  /** Where the thread is parked and what is kept of it is known from last time: its memory was looked at then. */
  private checkSame(): void {
    const { code, current } = this;
    this.isAt(current, this.surroundings.from);
    this.operation("i32.eqz");
    this.leaveIf();
    this.load(current, entryField.site);
    this.at.number();
    this.operation("i32.xor");
    this.global(switching.restChanged);
    this.operation("i32.or");
    this.load(current, entryField.generation);
    this.global(switching.generation);
    this.operation("i32.xor");
    this.operation("i32.or");
    this.leaveIf();
    if (this.at.saved !== 0) {
      this.at.homeAddress();
      code.get(current);
      code.memory(op.i64Load32U, entryField.homeAt);
      this.operation("i64.ne");
      this.leaveIf();
    }
    this.surroundings.from();
    this.operation("i32.wrap_i64");
    this.at.returnDistance();
    this.operation("i32.add");
    code.set(this.a);
  }

  /** The running thread's entry, and that of the one parked with the new rSP. */
  private findBoth(): void {
    const { code } = this;
    this.global(switching.current);
    code.local(op.localTee, this.current);
    this.operation("i32.eqz");
    this.leaveIf();
    this.at.isKnown();
    this.operation("i32.eqz");
    this.leaveIf();
    const pointer = () => this.surroundings.general(stackPointer);
    this.load(this.current, entryField.successor);
    code.set(this.next);
    this.isAt(this.next, pointer);
    this.operation("i32.eqz");
    code.open(op.if);
    this.entryAt(pointer);
    code.set(this.next);
    if (this.isFull) {
      const found = code.open(op.block);
      const more = code.open(op.loop);
      this.isAt(this.next, pointer);
      code.branch(found, op.brIf);
      code.get(this.next);
      this.operation("i32.eqz");
      this.leaveIf();
      this.load(this.next, entryField.chain);
      code.set(this.next);
      code.branch(more);
      code.end();
      code.end();
    } else {
      this.isAt(this.next, pointer);
      this.operation("i32.eqz");
      this.leaveIf();
    }
    this.store(this.current, entryField.successor, () => code.get(this.next));
    code.end();
    this.load(this.next, entryField.site);
    this.operation("i32.eqz");
    this.leaveIf();
    code.get(this.next);
    code.get(this.current);
    this.operation("i32.eq");
    this.leaveIf();
    for (const entry of [this.next, this.current]) {
      this.load(entry, entryField.epoch);
      if (this.isFull) {
        code.i32(withoutBounds - 1);
        this.operation("i32.and");
      }
      this.global(switching.epoch);
      this.operation("i32.xor");
    }
    this.operation("i32.or");
    this.leaveIf();
  }

  /** Pushes the entry that the table has for a place (pushed as i64 by `place`); 0 is none. */
  private entryAt(place: () => void): void {
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
  private isAt(entry: number, place: () => void): void {
    this.load64(entry, entryField.place);
    place();
    this.operation("i64.eq");
  }

  /** What the program's runtime says of both agrees. */
  private checkModel(): void {
    const { code } = this;
    for (const index of [0, 1]) {
      code.i32(0);
      code.memory(op.i32Load, switching.anchors + 4 * index);
      code.memory(op.i64Load, 0);
      code.i32(0);
      code.memory(op.i64Load, switching.anchorValues + 8 * index);
      this.operation("i64.ne");
      this.leaveIf();
    }
    for (const entry of [this.next, this.current]) {
      this.load(entry, entryField.stateAt);
      code.memory(op.i64Load, 0);
      code.i64(1n);
      this.operation("i64.sub");
      code.i64(1n);
      this.operation("i64.gt_u");
      this.leaveIf();
    }
    this.load(this.next, entryField.pointerAt);
    code.memory(op.i64Load, 0);
    this.surroundings.general(stackPointer);
    this.operation("i64.ne");
    this.leaveIf();
  }

  /** The word with which the routine will return is in mapped memory. `a`: its address. */
  private checkReturnSlot(): void {
    const { code } = this;
    this.surroundings.from();
    this.operation("i32.wrap_i64");
    this.at.returnDistance();
    this.operation("i32.add");
    code.set(this.a);
    this.surroundings.from();
    code.i64(32n);
    this.operation("i64.shr_u");
    this.operation("i32.wrap_i64");
    this.leaveIf();
    this.leaveUnlessMapped(() => code.get(this.a));
    this.leaveUnlessMapped(() => {
      code.get(this.a);
      code.i32(7);
      this.operation("i32.add");
    });
  }

  /** The registers that the routine has saved are in mapped memory. `wide`: where; 0 where there are none. */
  private checkHome(): void {
    const { code } = this;
    const { homeWords, homeAddress } = this.at;
    const first = () => {
      code.get(this.wide);
      this.operation("i32.wrap_i64");
    };
    code.i64(0n);
    code.set(this.wide);
    homeWords();
    code.open(op.if);
    homeAddress();
    code.local(op.localTee, this.wide);
    code.i64(32n);
    this.operation("i64.shr_u");
    this.operation("i32.wrap_i64");
    this.leaveIf();
    this.leaveUnlessMapped(first);
    this.leaveUnlessMapped(() => {
      first();
      homeWords();
      code.i32(3);
      this.operation("i32.shl");
      this.operation("i32.add");
      code.i32(1);
      this.operation("i32.sub");
    });
    code.end();
  }

  /** A stack of which only what was seen of it is known is the same as it was, and so is what lies around it. */
  private checkStacksWithoutBounds(): void {
    const { code } = this;
    this.isWithoutBounds(this.next);
    code.open(op.if);
    this.load(this.next, entryField.version);
    this.global(switching.version);
    this.operation("i32.xor");
    this.leaveIf();
    this.newHigh();
    this.load(this.next, entryField.high);
    this.above();
    this.leaveIf();
    this.load(this.next, entryField.returnSlot);
    code.memory(op.i64Load, 0);
    this.load64(this.next, entryField.returnWord);
    this.operation("i64.ne");
    this.leaveIf();
    code.end();
    this.isWithoutBounds(this.current);
    code.open(op.if);
    this.load64(this.current, entryField.place);
    this.surroundings.from();
    this.operation("i64.ne");
    this.leaveIf();
    this.leaveUnlessMapped(() => {
      this.surroundings.from();
      this.operation("i32.wrap_i64");
      code.i32(topSize - 1);
      this.operation("i32.add");
    });
    // Nothing else can be in the way any more.
    for (let offset = 0; offset < topSize; offset += 16) {
      this.rest();
      this.surroundings.from();
      this.operation("i32.wrap_i64");
      code.memory(op.v128Load, offset);
      code.memory(op.v128Store, topField + offset);
    }
    code.end();
  }

  private isWithoutBounds(entry: number): void {
    this.load(entry, entryField.epoch);
    this.code.i32(31);
    this.operation("i32.shr_u");
  }

  /** A thread that is parked at another place than last time moves to another chain. `b` walks. */
  private checkPlace(): void {
    const { code } = this;
    const { from } = this.surroundings;
    this.isAt(this.current, from);
    this.operation("i32.eqz");
    code.open(op.if);
    this.global(switching.isComplete);
    this.operation("i32.eqz");
    this.leaveIf();
    // Nobody else may be known at that place.
    this.entryAt(from);
    code.set(this.b);
    const free = code.open(op.block);
    const more = code.open(op.loop);
    code.get(this.b);
    this.operation("i32.eqz");
    code.branch(free, op.brIf);
    this.isAt(this.b, from);
    this.leaveIf();
    this.load(this.b, entryField.chain);
    code.set(this.b);
    code.branch(more);
    code.end();
    code.end();
    this.unlink();
    // The first of the new chain.
    this.store(this.current, entryField.chain, () => this.entryAt(from));
    from();
    this.operation("i32.wrap_i64");
    code.i32(hashFactor);
    this.operation("i32.mul");
    code.i32(hashShift);
    this.operation("i32.shr_u");
    code.i32(2);
    this.operation("i32.shl");
    code.get(this.current);
    code.memory(op.i32Store, places);
    this.store64(this.current, entryField.place, from);
    const pointer = () => {
      from();
      this.operation("i32.wrap_i64");
    };
    this.replaceIf(entryField.low, pointer, false);
    this.replaceIf(entryField.lowest, pointer, false);
    this.replaceIf(entryField.high, pointer, true);
    code.end();
  }

  /** Takes the running thread's entry out of the chain of its place, if it has one. `b`: the address of the link. */
  private unlink(): void {
    const { code } = this;
    this.load64(this.current, entryField.place);
    code.i64(0n);
    this.operation("i64.ne");
    code.open(op.if);
    this.load64(this.current, entryField.place);
    this.operation("i32.wrap_i64");
    code.i32(hashFactor);
    this.operation("i32.mul");
    code.i32(hashShift);
    this.operation("i32.shr_u");
    code.i32(2);
    this.operation("i32.shl");
    code.i32(places);
    this.operation("i32.add");
    code.set(this.b);
    const found = code.open(op.block);
    const more = code.open(op.loop);
    this.load(this.b, 0);
    code.get(this.current);
    this.operation("i32.eq");
    code.branch(found, op.brIf);
    this.load(this.b, 0);
    code.i32(entryField.chain);
    this.operation("i32.add");
    code.set(this.b);
    code.branch(more);
    code.end();
    code.end();
    this.store(this.b, 0, () => this.load(this.current, entryField.chain));
    code.end();
  }

  /** A field of the running thread's entry becomes what `value` pushes, where that is lower or higher. */
  private replaceIf(field: number, value: () => void, higher: boolean): void {
    const compare = [value, () => this.load(this.current, field)];
    for (const push of higher ? compare : compare.reverse()) push();
    this.above();
    this.code.open(op.if);
    this.store(this.current, field, value);
    this.code.end();
  }

  /** Copies the registers that most switches leave as they were. */
  private copyRest(): void {
    const { code } = this;
    this.global(switching.restChanged);
    code.open(op.if);
    this.setGlobal(switching.restChanged, () => code.i32(0));
    this.setGlobal(switching.generation, () => {
      this.global(switching.generation);
      code.i32(1);
      this.operation("i32.add");
    });
    code.end();
    this.load(this.current, entryField.generation);
    this.global(switching.generation);
    this.operation("i32.xor");
    code.open(op.if);
    this.store(this.current, entryField.generation, () => this.global(switching.generation));
    for (const [start, end] of restParts) {
      for (let at = start; at < end; at += 16) {
        this.rest();
        code.i32(0);
        code.memory(op.v128Load, at);
        code.memory(op.v128Store, at - restStart);
      }
    }
    code.end();
  }

  /** Pushes where the rest of the running thread's registers is kept. */
  private rest(): void {
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

  /** What is the same at the next switch, perhaps. */
  private notePlace(): void {
    const { code, current } = this;
    this.store(current, entryField.returnSlot, () => code.get(this.a));
    this.store(current, entryField.site, () => this.at.number());
    this.store(current, entryField.homeWords, () => this.at.homeWords());
    this.store(current, entryField.homeAt, () => {
      code.get(this.wide);
      this.operation("i32.wrap_i64");
    });
  }

  /** Notes of the running thread what is kept of it while it is parked. */
  private park(): void {
    const { code } = this;
    const { current, surroundings } = this;
    for (const [index, field] of registerFields.entries()) {
      if (index === stackPointer || (this.at.saved >> index) & 1) continue;
      this.store64(current, field, () => surroundings.general(index));
    }
    for (const part of ["kind", "a", "b", "result"] as const) {
      code.get(current);
      surroundings.flag(part);
      code.memory(part === "kind" ? op.i32Store : op.i64Store, flagFields[part]);
    }
    this.store(current, entryField.otherFlags, () => this.global(state.otherFlags));
    this.store64(current, entryField.returnWord, () => this.load64(this.a, 0));
    code.get(current);
    this.load64(current, entryField.instructions);
    surroundings.count();
    code.local(op.localTee, this.wide);
    this.operation("i64.add");
    code.i32(0);
    code.memory(op.i64Load, switching.since);
    this.operation("i64.sub");
    code.memory(op.i64Store, entryField.instructions);
    code.i32(0);
    code.get(this.wide);
    code.memory(op.i64Store, switching.since);
    this.noteChange(current, changes.resumed | changes.parked);
  }

  /** Gives the processor to the other thread. */
  private resume(): void {
    const { code, next } = this;
    this.store64(next, entryField.runs, () => {
      this.load64(next, entryField.runs);
      code.i64(1n);
      this.operation("i64.add");
    });
    this.newHigh();
    code.local(op.localTee, this.b);
    this.load(next, entryField.high);
    this.above();
    code.open(op.if);
    this.store(next, entryField.high, () => code.get(this.b));
    code.end();
    this.noteChange(next, changes.resumed);
    // The registers that its routine saved, as they are at this moment.
    this.setGlobal(switching.resumed, () => code.get(next));
    this.load(next, entryField.homeWords);
    code.local(op.localTee, this.b);
    code.open(op.if);
    this.load(next, entryField.homeAt);
    code.set(this.a);
    const copied = code.open(op.block);
    for (let block = 0; block < mostHomeBlocks; block++) {
      code.i32(0);
      code.get(this.a);
      code.memory(op.v128Load, homeBlock * block);
      code.memory(op.v128Store, switching.resumedBlock + homeBlock * block);
      if (block === mostHomeBlocks - 1) break;
      code.get(this.b);
      code.i32(((block + 1) * homeBlock) / 8);
      this.above();
      this.operation("i32.eqz");
      code.branch(copied, op.brIf);
    }
    code.end();
    code.end();
    for (const [field, place] of [
      [entryField.windowLow, state.stackWindowLow],
      [entryField.windowSize, state.stackWindowSize],
    ] as const) {
      code.i32(0);
      code.get(next);
      code.memory(op.i64Load32U, field);
      code.memory(op.i64Store, place);
    }
    this.setGlobal(switching.current, () => code.get(next));
  }

  /** Pushes where rSP will be, at the highest, when the routine has returned. */
  private newHigh(): void {
    this.surroundings.general(stackPointer);
    this.operation("i32.wrap_i64");
    this.at.returnDistance();
    this.operation("i32.add");
    this.code.i32(8);
    this.operation("i32.add");
  }

  /** Sets bits of the entry's changes; puts it on the list when it had none. */
  private noteChange(entry: number, bits: number): void {
    const { code } = this;
    this.load(entry, entryField.changes);
    code.i32(bits);
    this.operation("i32.and");
    code.i32(bits);
    this.operation("i32.xor");
    code.open(op.if);
    this.load(entry, entryField.changes);
    this.operation("i32.eqz");
    code.open(op.if);
    this.store(entry, entryField.changedNext, () => this.global(switching.changed));
    this.setGlobal(switching.changed, () => code.get(entry));
    code.end();
    this.store(entry, entryField.changes, () => {
      this.load(entry, entryField.changes);
      code.i32(bits);
      this.operation("i32.or");
    });
    code.end();
  }

  private leaveUnlessMapped(address: () => void): void {
    address();
    this.code.i32(pageShift);
    this.operation("i32.shr_u");
    this.code.memory(op.i32Load8U, permissionTable);
    this.code.i32(pageBits.mapped);
    this.operation("i32.and");
    this.operation("i32.eqz");
    this.leaveIf();
  }

  private leaveIf(): void {
    this.code.branch(this.undecided, op.brIf);
  }

  /** Compares two unsigned numbers of 32 bits. */
  private above(): void {
    this.code.opcode(op.i32GreaterUnsigned);
  }

  private load(entry: number, field: number): void {
    this.code.get(entry);
    this.code.memory(op.i32Load, field);
  }

  private load64(entry: number, field: number): void {
    this.code.get(entry);
    this.code.memory(op.i64Load, field);
  }

  private store(entry: number, field: number, value: () => void): void {
    this.code.get(entry);
    value();
    this.code.memory(op.i32Store, field);
  }

  private store64(entry: number, field: number, value: () => void): void {
    this.code.get(entry);
    value();
    this.code.memory(op.i64Store, field);
  }

  private global(address: number): void {
    this.code.i32(0);
    this.code.memory(op.i32Load, address);
  }

  private setGlobal(address: number, value: () => void): void {
    this.code.i32(0);
    value();
    this.code.memory(op.i32Store, address);
  }

  private operation(name: keyof typeof operations): void {
    this.code.opcode(operations[name][0]);
  }
}
