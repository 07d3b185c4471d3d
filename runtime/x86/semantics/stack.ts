/** PUSH, POP, CALL, RET, ENTER, LEAVE and their kin. Intel SDM vol. 1, chapter 6 and vol. 2. */
import type { Builder } from "../builder.js";
import { define } from "../define.js";
import { fixedFlags, otherUserFlags, statusFlags, trapFlag } from "../flags.js";
import type { IntegerWidth, Value } from "../value.js";

/** `check` raises what comes behind a fault of the stack. */
function push(b: Builder, value: Value, width: IntegerWidth, check: () => void = () => {}): void {
  const pointer = b.register("sp", 8);
  const address = b.subtract(pointer.read(), b.constant(width));
  b.checkWrite(address, width);
  check();
  b.storeChecked(address, 0, width, value);
  pointer.write(address);
}

/** Reads the top of the stack; the caller moves the pointer once nothing can fault any more. */
function top(b: Builder, width: IntegerWidth): { value: Value; above: Value } {
  const pointer = b.register("sp", 8).read();
  return { value: b.loadFrom(pointer, width), above: b.add(pointer, b.constant(width)) };
}

/** PUSH: the operand is read before rSP changes. */
for (const width of [2, 8] as const) {
  define(width === 2 ? "push16" : "push", (b, src) => push(b, src.read(), width), { widths: [[width]] });
}

/** POP: rSP is above the value already when it is written: `pop %rsp` leaves the value popped. */
for (const width of [2, 8] as const) {
  define(
    width === 2 ? "pop16" : "pop",
    (b, dst) => {
      const { value, above } = top(b, width);
      const pointer = b.register("sp", 8);
      if (dst.isRegister) {
        pointer.write(above);
        dst.write(value);
      } else {
        // An address based on rSP is computed with the new rSP (the decoder saw to that); a fault must leave the old one.
        const address = b.effectiveAddress();
        b.checkWrite(address, width);
        b.storeChecked(address, 0, width, value);
        pointer.write(above);
      }
    },
    { widths: [[width]], forms: ["r", "m"] },
  );
}

/** PUSHF: flags without VM and RF. */
for (const [name, width] of [
  ["pushf", 2],
  ["pushfq", 8],
] as const) {
  define(name, (b) => {
    push(b, b.or(b.or(b.statusFlags(), b.state("otherFlags")), b.constant(fixedFlags)), width);
  });
}

/** POPF at privilege level 3: IF and IOPL stay. */
for (const [name, width] of [
  ["popf", 2],
  ["popfq", 8],
] as const) {
  define(name, (b) => {
    const { value, above } = top(b, width);
    const apply = () => {
      b.register("sp", 8).write(above);
      const changed = width === 2 ? otherUserFlags & 0xffff : otherUserFlags;
      const kept = b.and(b.state("otherFlags"), b.constant(~changed));
      b.setState("otherFlags", b.or(kept, b.and(value, b.constant(changed))));
      b.setFlags({ kind: "explicit", bits: b.and(value, b.constant(statusFlags)) });
    };
    const traces = () => {
      apply();
      b.startTracing();
    };
    b.if(b.notEqual(b.and(value, b.constant(trapFlag)), b.constant(0)), traces, apply);
  });
}

/** CALL near: pushes the address of the next instruction and jumps. An indirect target is read first. */
define(
  "call",
  (b, target) => {
    if (!target.isDirectTarget) {
      const address = target.read();
      push(b, b.instruction("nextAddress"), 8, () => b.requireCanonical(address));
      b.jumpTo(address);
    } else {
      push(b, b.instruction("nextAddress"), 8);
      b.jump(target);
    }
  },
  { widths: [[8]], forms: ["b", "r", "m"] },
);

/** RET near: pops rIP, then drops `count` bytes of arguments. */
function ret(b: Builder, count?: Value): void {
  const { value, above } = top(b, 8);
  b.requireCanonical(value);
  b.register("sp", 8).write(count ? b.add(above, count) : above);
  b.jumpTo(value);
}
define("ret", (b) => ret(b));
define("ret imm", (b, count) => ret(b, count.readUnsigned()), { widths: [[2]] });

/** LEAVE: rSP ← rBP, then POP rBP. */
define("leave", (b) => {
  const frame = b.register("bp", 8);
  const pointer = frame.read();
  const value = b.loadFrom(pointer, 8);
  b.register("sp", 8).write(b.add(pointer, b.constant(8)));
  frame.write(value);
});

/** LEAVE with an operand-size prefix: only BP is popped. */
define("leave16", (b) => {
  const pointer = b.register("bp", 8).read();
  const value = b.loadFrom(pointer, 2);
  b.register("sp", 8).write(b.add(pointer, b.constant(2)));
  b.register("bp", 2).write(value);
});

/**
 * ENTER size, level: pushes rBP, copies level−1 frame pointers of the enclosing frames, pushes the new frame pointer,
 * and reserves `size` bytes. Registers change last: a fault on the way leaves them (memory below rSP may have changed).
 */
for (const width of [2, 8] as const) {
  define(
    width === 2 ? "enter16" : "enter",
    (b, size, level) => {
      const nesting = b.and(level.readUnsigned(), b.constant(31));
      const oldFrame = b.register("bp", 8).read();
      const frame = b.subtract(b.register("sp", 8).read(), b.constant(width));
      const display = b.multiply(nesting, b.constant(width));
      const end = b.subtract(b.subtract(frame, display), size.readUnsigned());
      b.checkWrite(frame, width);
      b.storeChecked(frame, 0, width, oldFrame);
      b.if(b.notEqual(nesting, b.constant(0)), () => {
        const distance = b.variable(b.constant(width));
        b.while(
          () => b.lessUnsigned(distance.get(), display),
          () => {
            const target = b.subtract(frame, distance.get());
            const pointer = b.loadFrom(b.subtract(oldFrame, distance.get()), width);
            b.checkWrite(target, width);
            b.storeChecked(target, 0, width, pointer);
            distance.set(b.add(distance.get(), b.constant(width)));
          },
        );
        const last = b.subtract(frame, display);
        b.checkWrite(last, width);
        b.storeChecked(last, 0, width, frame);
      });
      b.checkWrite(end, width);
      b.register("bp", width).write(frame);
      b.register("sp", 8).write(end);
    },
    { widths: [[2, 1]] },
  );
}
