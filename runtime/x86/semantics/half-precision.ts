/** F16C: conversions between singles and numbers of 16 bits. Intel SDM vol. 1, 14.4, and vol. 2. */
import { define } from "../define.js";
import { callFloatHelper, gatherExceptions, readVector } from "../float-instruction.js";
import type { Value } from "../value.js";
import { defineVexOf, lanesOf, writeLanes } from "../vex.js";

defineVexOf(
  "vcvtph2ps",
  (b, dst, src) => dst.write(callFloatHelper(b, "fromHalves", dst.read(), readVector(b, src))[1]),
  [{ form: "rx", widths: [16, 8] }],
  { raises: true },
);

define(
  "vcvtps2ph",
  (b, dst, src, immediate) => {
    // A place in memory that cannot be written is found out before the exceptions of the conversion.
    const address = dst.isMemory ? b.effectiveAddress() : undefined;
    if (address) b.checkWrite(address, dst.width);
    const byte = b.and(immediate.read(), b.constant(0xff));
    let results: Value[] = [];
    gatherExceptions(b, () => {
      results = lanesOf(src).map((lane) => callFloatHelper(b, "toHalves", lane, lane, byte)[1]);
    });
    const [low, high] = results.map((result) => b.lane(result, 0));
    if (!low) return;
    if (!address) {
      writeLanes(b, dst, [b.replaceLane(b.splat(low), 1, high ?? b.constant(0))]);
      return;
    }
    b.storeChecked(address, 0, 8, low);
    if (high) b.storeChecked(address, 8, 8, high);
  },
  {
    variants: [
      { form: "rri", widths: [16, 16, 1] },
      { form: "rri", widths: [16, 32, 1] },
      { form: "mri", widths: [8, 16, 1] },
      { form: "mri", widths: [16, 32, 1] },
    ],
  },
);
