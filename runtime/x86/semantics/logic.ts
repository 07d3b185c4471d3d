/** Bitwise logic. SZP from the result; CF and OF clear; AF undefined (clear here, as processors do). Intel SDM vol. 2. */
import type { Builder } from "../builder.js";
import { define } from "../define.js";
import type { Value } from "../value.js";

const operations = {
  /** AND: destination ← destination AND source. */
  and: (b: Builder, x: Value, y: Value) => b.and(x, y),
  /** OR: destination ← destination OR source. */
  or: (b: Builder, x: Value, y: Value) => b.or(x, y),
  /** XOR: destination ← destination XOR source. */
  xor: (b: Builder, x: Value, y: Value) => b.xor(x, y),
};

for (const [name, operation] of Object.entries(operations)) {
  define(name, (b, dst, src) => {
    const result = operation(b, dst.read(), src.read());
    dst.write(result);
    b.setLogicFlags(result);
  });
}

/** TEST: the flags of first AND second; nothing is written. */
define("test", (b, first, second) => b.setLogicFlags(b.and(first.read(), second.read())));

/** NOT: destination ← NOT destination. No flags. */
define("not", (b, dst) => dst.write(b.not(dst.read())));
