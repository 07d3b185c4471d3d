/** Moves between registers and memory, extensions, exchanges. No flags. Intel SDM vol. 2. */
import type { Builder } from "../builder.js";
import { allAlike, define } from "../define.js";
import type { Value, Width } from "../value.js";

/** MOV: destination ← source. */
define("mov", (_b, dst, src) => dst.write(src.read()));

/** MOVNTI: a store that need not go through the caches. */
define("movnti", (_b, dst, src) => dst.write(src.read()), {
  widths: [
    [4, 4],
    [8, 8],
  ],
});

/** MOVZX: destination ← zero-extended source. */
define("movzx", (_b, dst, src) => dst.write(src.readUnsigned()), {
  widths: [
    [2, 1],
    [4, 1],
    [8, 1],
    [2, 2],
    [4, 2],
    [8, 2],
  ],
});

/** MOVSX: destination ← sign-extended source. */
define("movsx", (_b, dst, src) => dst.write(src.read()), {
  widths: [
    [2, 1],
    [4, 1],
    [8, 1],
    [2, 2],
    [4, 2],
    [8, 2],
  ],
});

/** MOVSXD: destination ← sign-extended doubleword. AMD's processors read one in memory where 16 bits are used, too. */
define(
  "movsxd",
  (b, dst, src) => dst.write(dst.width === 2 && src.isMemory ? b.loadFrom(b.effectiveAddress(), 4) : src.read()),
  {
    variants: [
      { form: "ra", widths: [8, 4] },
      { form: "ra", widths: [4, 4] },
      { form: "rr", widths: [2, 2] },
      { form: "rm", widths: [2, 2] },
    ],
  },
);

/** LEA: destination ← effective address (without the segment's base). */
define("lea", (b, dst) => dst.write(b.effectiveAddress()), { forms: ["rm"], widths: allAlike([2, 4, 8], 2) });

/** XCHG: exchanges its operands. */
define("xchg", (_b, first, second) => {
  const old = first.read();
  first.write(second.read());
  second.write(old);
});

/** The lowest `width` bytes in reverse; what lies above is left undefined. */
function reverseBytes(b: Builder, value: Value, width: Width): Value {
  const swap = (of: Value, bits: number, mask: bigint) =>
    b.or(b.and(b.shiftRight(of, bits), b.constant(mask)), b.shiftLeft(b.and(of, b.constant(mask)), bits));
  const bytes = swap(value, 8, 0x00ff00ff00ff00ffn);
  if (width === 2) return bytes;
  const words = swap(bytes, 16, 0x0000ffff0000ffffn);
  return width === 4 ? words : b.operation("i64.rotl", words, b.constant(32));
}

/** BSWAP: reverses the bytes. Of a 16-bit register it leaves zero (undefined in the manual). */
define("bswap", (b, dst) => dst.write(b.width === 2 ? b.constant(0) : reverseBytes(b, dst.read(), b.width)), {
  widths: allAlike([2, 4, 8], 1),
});

/** MOVBE: a move from or to memory that reverses the bytes. */
define("movbe", (b, dst, src) => dst.write(reverseBytes(b, src.read(), b.width)), {
  forms: ["rm", "mr"],
  widths: allAlike([2, 4, 8], 2),
});

/** XLATB: AL ← byte at rBX + AL, both unsigned. */
define("xlatb", (b) => {
  const offset = b.and(
    b.add(b.register("b", 8).read(), b.register("a", 1).readUnsigned()),
    b.instruction("addressMask"),
  );
  b.register("a", 1).write(b.loadFrom(b.add(offset, b.instruction("segmentBase")), 1));
});

/** NOP in all its forms, and the instructions whose effects cannot be observed here. The operand is not accessed. */
for (const name of ["pause", "endbr64", "endbr32", "lfence", "mfence", "sfence"]) define(name, () => {});
/** Hints about caches never fault. */
for (const name of [
  "nop",
  "prefetchnta",
  "prefetcht0",
  "prefetcht1",
  "prefetcht2",
  "prefetch",
  "prefetchw",
  "prefetchwt1",
]) {
  define(name, () => {});
}
