/**
 * Packed integers: every instruction is defined once for the SSE registers and, where it has such a form, the MMX
 * registers, which are the lower 64 bits of the x87 data registers (Intel SDM vol. 1, 9.2 and 9.5).
 */
import type { Builder } from "../builder.js";
import { define, type Variant } from "../define.js";
import type { Operand } from "../operands.js";
import type { Value, Width } from "../value.js";
import { wait } from "../x87/parts.js";

/**
 * How the MMX form follows from the one of 16 bytes, with operands of 8 bytes in both halves of their vectors:
 * it is the lower half of the result ("each": every half for itself); the lower half of the result for the vector of
 * both operands ("joined": where a result has a half of each operand); or the lower or upper half of what interleaves.
 */
export type MmxForm = "each" | "joined" | "lower" | "upper";

/** The top of the x87 stack in the status word. */
const topBits = 7 << 11;

/** What every MMX instruction but EMMS does to the x87 unit: all registers are valid, and register 0 is the top. */
export function enterMmx(b: Builder): void {
  b.setState("x87Status", b.and(b.state("x87Status"), b.constant(~topBits)));
  b.setState("x87Tags", b.constant(0xff));
}

/** Sign and exponent of a register that an MMX instruction writes become ones. */
function writeMmx(b: Builder, dst: Operand, value: Value): void {
  dst.write(value);
  dst.writePart(8, 2, b.constant(0xffff));
}

/** An instruction of MMX operands: `compute` reads them; the rest happens when nothing can fail any more. */
export function executeMmx(b: Builder, dst: Operand, compute: () => Value): void {
  wait(b);
  const value = compute();
  enterMmx(b);
  writeMmx(b, dst, value);
}

export function mmxVariants(memory: Width = 8): Variant[] {
  return [
    { form: "qq", widths: [8, 8] },
    { form: "qm", widths: [8, memory] },
  ];
}

/** destination ← combine(destination, source). A memory operand of 16 bytes is aligned. */
export function definePacked(name: string, combine: (b: Builder, x: Value, y: Value) => Value, mmx?: MmxForm): void {
  define(
    name,
    (b, dst, src) => {
      if (dst.width === 16) {
        src.requireAlignment(16);
        dst.write(combine(b, dst.read(), src.read()));
        return;
      }
      executeMmx(b, dst, () => {
        const [x, y] = [dst.read(), src.readUnsigned()];
        if (mmx === "joined") {
          const both = b.replaceLane(b.splat(x), 1, y);
          return b.lane(combine(b, both, both), 0);
        }
        return b.lane(combine(b, b.splat(x), b.splat(y)), mmx === "upper" ? 1 : 0);
      });
    },
    {
      variants: [{ form: "ra", widths: [16, 16] }, ...(mmx ? mmxVariants(mmx === "lower" ? 4 : 8) : [])],
    },
  );
}
