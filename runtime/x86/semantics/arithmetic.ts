/** Addition, subtraction, comparison, negation. Intel SDM vol. 2. */
import type { Builder } from "../builder.js";
import { define } from "../define.js";
import type { Operand } from "../operands.js";

/** ADD: destination ← destination + source. OSZAPC from the result. */
define("add", (b, dst, src) => {
  const sum = b.addWithCarry(dst.read(), src.read());
  dst.write(sum.value);
  b.setFlags(sum.flags);
});

/** ADC: destination ← destination + source + CF. OSZAPC from the result. */
define("adc", (b, dst, src) => {
  const sum = b.addWithCarry(dst.read(), src.read(), b.flag("cf"));
  dst.write(sum.value);
  b.setFlags(sum.flags);
});

/** SUB: destination ← destination − source. OSZAPC from the result. */
define("sub", (b, dst, src) => {
  const difference = b.subtractWithBorrow(dst.read(), src.read());
  dst.write(difference.value);
  b.setFlags(difference.flags);
});

/** SBB: destination ← destination − (source + CF). OSZAPC from the result. */
define("sbb", (b, dst, src) => {
  const difference = b.subtractWithBorrow(dst.read(), src.read(), b.flag("cf"));
  dst.write(difference.value);
  b.setFlags(difference.flags);
});

/** CMP: the flags of first − second; nothing is written. */
define("cmp", (b, first, second) => {
  b.setFlags(b.subtractWithBorrow(first.read(), second.read()).flags);
});

/** INC: destination ← destination + 1. OSZAP from the result, CF stays. */
define("inc", (b, dst) => {
  const a = dst.read();
  const carry = b.extend(b.flag("cf"));
  const result = b.signExtend(b.add(a, b.constant(1)), b.width);
  dst.write(result);
  b.setFlags({ kind: "increment", a, carry, result });
});

/** DEC: destination ← destination − 1. OSZAP from the result, CF stays. */
define("dec", (b, dst) => {
  const a = dst.read();
  const carry = b.extend(b.flag("cf"));
  const result = b.signExtend(b.subtract(a, b.constant(1)), b.width);
  dst.write(result);
  b.setFlags({ kind: "decrement", a, carry, result });
});

/** NEG: destination ← 0 − destination. OSZAPC from the result; CF is clear only for 0. */
define("neg", (b, dst) => {
  const difference = b.subtractWithBorrow(b.constant(0), dst.read());
  dst.write(difference.value);
  b.setFlags(difference.flags);
});

/** CBW, CWDE, CDQE: rAX ← sign-extended lower half of rAX. */
for (const [name, from, to] of [
  ["cbw", 1, 2],
  ["cwde", 2, 4],
  ["cdqe", 4, 8],
] as const) {
  define(name, (b) => b.register("a", to).write(b.register("a", from).read()));
}

/** CWD, CDQ, CQO: rDX ← the sign of rAX in every bit. */
for (const [name, width] of [
  ["cwd", 2],
  ["cdq", 4],
  ["cqo", 8],
] as const) {
  define(name, (b) => b.register("d", width).write(b.shiftRightArithmetic(b.register("a", width).read(), 63)));
}

/** XADD: temp ← source + destination; source ← destination; destination ← temp. OSZAPC from the sum. */
define(
  "xadd",
  (b, dst, src) => {
    const old = dst.read();
    const sum = b.addWithCarry(old, src.read());
    // The sum goes to memory before the source changes: `xadd` of a register with itself doubles it.
    if (dst.isMemory) dst.write(sum.value);
    src.write(old);
    if (!dst.isMemory) dst.write(sum.value);
    b.setFlags(sum.flags);
  },
  { forms: ["rr", "mr"] },
);

/** CMPXCHG: compares rAX with the destination; equal: destination ← source, else rAX ← destination. Flags of the comparison. */
define(
  "cmpxchg",
  (b, dst, src) => {
    const accumulator = b.register("a");
    const old = dst.read();
    const comparison = b.subtractWithBorrow(accumulator.read(), old);
    const isEqual = b.isZero(comparison.value);
    const replacement = src.read();
    if (dst.isMemory) {
      // The destination is always written, with its old value when they differ.
      dst.write(b.select(isEqual, replacement, old));
      b.if(
        isEqual,
        () => {},
        () => accumulator.write(old),
      );
    } else {
      b.if(
        isEqual,
        () => dst.write(replacement),
        () => accumulator.write(old),
      );
    }
    b.setFlags(comparison.flags);
  },
  { forms: ["rr", "mr"] },
);

/** CMPXCHG8B, CMPXCHG16B: as CMPXCHG with rDX:rAX and rCX:rBX. Only ZF changes. */
function compareAndExchangePair(b: Builder, dst: Operand, width: 4 | 8): void {
  if (width === 8) dst.requireAlignment(16);
  const low = dst.readPart(0, width);
  const high = dst.readPart(width, width);
  const [a, d] = [b.register("a", width), b.register("d", width)];
  const isEqual = b.isZero(b.or(b.xor(a.readUnsigned(), low), b.xor(d.readUnsigned(), high)));
  dst.writePart(0, width, b.select(isEqual, b.register("b", width).readUnsigned(), low));
  dst.writePart(width, width, b.select(isEqual, b.register("c", width).readUnsigned(), high));
  b.if(
    isEqual,
    () => {},
    () => {
      a.write(low);
      d.write(high);
    },
  );
  const withoutZero = b.and(b.statusFlags(), b.constant(~0x40));
  b.setFlags({ kind: "explicit", bits: b.or(withoutZero, b.shiftLeft(b.extend(isEqual), 6)) });
}
define("cmpxchg8b", (b, dst) => compareAndExchangePair(b, dst, 4), { widths: [[8]], forms: ["m"] });
define("cmpxchg16b", (b, dst) => compareAndExchangePair(b, dst, 8), { widths: [[16]], forms: ["m"] });
