/** Moves between registers and memory, extensions, exchanges. No flags. Intel SDM vol. 2. */
import { allAlike, define } from "../define.js";

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

/** MOVSXD: destination ← sign-extended doubleword. */
define("movsxd", (_b, dst, src) => dst.write(src.read()), {
  widths: [
    [8, 4],
    [4, 4],
    [2, 2],
  ],
});

/** LEA: destination ← effective address (without the segment's base). */
define("lea", (b, dst) => dst.write(b.effectiveAddress()), { forms: ["rm"], widths: allAlike([2, 4, 8], 2) });

/** XCHG: exchanges its operands. */
define("xchg", (_b, first, second) => {
  const old = first.read();
  first.write(second.read());
  second.write(old);
});

/** BSWAP: reverses the bytes. Of a 16-bit register it leaves zero (undefined in the manual). */
define(
  "bswap",
  (b, dst) => {
    if (b.width === 2) return dst.write(b.constant(0));
    const value = dst.read();
    const mask = (bits: bigint) => b.constant(bits);
    const swapBytes = b.or(
      b.and(b.shiftRight(value, 8), mask(0x00ff00ff00ff00ffn)),
      b.shiftLeft(b.and(value, mask(0x00ff00ff00ff00ffn)), 8),
    );
    const swapWords = b.or(
      b.and(b.shiftRight(swapBytes, 16), mask(0x0000ffff0000ffffn)),
      b.shiftLeft(b.and(swapBytes, mask(0x0000ffff0000ffffn)), 16),
    );
    return dst.write(b.width === 4 ? swapWords : b.operation("i64.rotl", swapWords, b.constant(32)));
  },
  { widths: allAlike([2, 4, 8], 1) },
);

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
