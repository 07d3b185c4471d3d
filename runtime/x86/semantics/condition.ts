/** SETcc and CMOVcc. Intel SDM vol. 2. */
import { allAlike, define } from "../define.js";
import { conditionNames } from "../flags.js";

for (const name of conditionNames) {
  /** SETcc: destination ← 1 if the condition holds, else 0. */
  define(`set${name}`, (b, dst) => dst.write(b.extend(b.condition(name))), { widths: [[1]] });

  /** CMOVcc: the source is read (and may fault) in any case, and a 32-bit destination is zero-extended in any case. */
  define(`cmov${name}`, (b, dst, src) => dst.write(b.select(b.condition(name), src.read(), dst.read())), {
    widths: allAlike([2, 4, 8], 2),
  });
}
