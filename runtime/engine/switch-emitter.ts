/**
 * The decision that another known thread goes on, made where rSP has just been given a value outside the running
 * thread's stack. It keeps of the two threads what the registry of threads would keep, field by field; whatever is not
 * the plain case is left to the registry, and nothing has been changed then.
 */
import { state } from "./layout.js";
import { SwitchChecks } from "./switch-checks.js";
import { stackPointer } from "./switch-code.js";
import {
  changes,
  entryField,
  hashFactor,
  hashShift,
  homeBlock,
  mostHomeBlocks,
  parkedAtBase,
  parkedAtShift,
  places,
  registerFields,
  restParts,
  restStart,
  switching,
} from "./switch-layout.js";
import { op } from "./wasm-writer.js";

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
export class SwitchEmitter extends SwitchChecks {
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
    code.get(current);
    code.i32(parkedAtShift);
    this.operation("i32.shr_u");
    code.get(this.wide);
    code.memory(op.i64Store, parkedAtBase);
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
}
