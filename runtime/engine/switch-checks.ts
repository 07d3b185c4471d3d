/** Whether another thread can be given the processor where rSP has moved: every doubt leaves it undecided. */
import { SwitchCode, stackPointer } from "./switch-code.js";
import { entryField, switching, topField, topSize, withoutBounds } from "./switch-layout.js";
import { op } from "./wasm-writer.js";

export abstract class SwitchChecks extends SwitchCode {
  /** Where the thread is parked and what is kept of it is known from last time: its memory was looked at then. */
  protected checkSame(): void {
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
  protected findBoth(): void {
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

  /** What the program's runtime says of both agrees. */
  protected checkModel(): void {
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
  protected checkReturnSlot(): void {
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
  protected checkHome(): void {
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
  protected checkStacksWithoutBounds(): void {
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
}
