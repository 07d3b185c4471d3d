/** RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE. Intel SDM vol. 2. */
import { define } from "../define.js";

for (const [segment, field] of [
  ["fs", "fsBase"],
  ["gs", "gsBase"],
] as const) {
  const registers = { forms: ["r"], widths: [[4], [8]] } as const;
  define(`rd${segment}base`, (b, dst) => dst.write(b.state(field)), registers);
  define(
    `wr${segment}base`,
    (b, src) => {
      const base = src.readUnsigned();
      b.requireCanonical(base);
      b.setState(field, base);
    },
    registers,
  );
}
