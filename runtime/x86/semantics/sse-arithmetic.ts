/** SSE and SSE2 floating-point arithmetic, and its relatives of SSE3 and SSE4.1. Intel SDM vol. 2. */
import { define } from "../define.js";
import { callFloatHelper, readVector } from "../float-instruction.js";
import type { Width } from "../value.js";
import type { VectorHelperName } from "../vector-helpers/index.js";

/** The widths of the source by the kind of elements: a scalar takes no more than it needs from memory. */
const sourceWidths = { ss: 4, sd: 8, ps: 16, pd: 16 } as const satisfies Record<string, Width>;
const suffixes = ["ss", "sd", "ps", "pd"] as const;

/** destination ← helper(destination, source); packed operands in memory are aligned. */
function defineFloat(name: VectorHelperName, width: Width): void {
  define(
    name,
    (b, dst, src) => {
      src.requireAlignment(width === 16 ? 16 : 1);
      const source = readVector(b, src);
      const [, result] = callFloatHelper(b, name, dst.read(), source);
      dst.write(result);
    },
    { forms: ["rx"], widths: [[16, width]] },
  );
}

for (const suffix of suffixes) {
  for (const name of ["add", "sub", "mul", "div", "min", "max", "sqrt"] as const) {
    defineFloat(`${name}${suffix}`, sourceWidths[suffix]);
  }
}
/** Estimates: no exceptions, whatever MXCSR says. */
for (const name of ["rcp", "rsqrt"] as const) {
  for (const suffix of ["ss", "ps"] as const) defineFloat(`${name}${suffix}`, sourceWidths[suffix]);
}
for (const name of ["addsub", "hadd", "hsub"] as const) {
  for (const suffix of ["ps", "pd"] as const) defineFloat(`${name}${suffix}`, 16);
}

/** The same with an immediate byte: the predicate of CMPPS, the rounding of ROUNDPS, the elements of DPPS. */
function defineWithImmediate(name: VectorHelperName, width: Width): void {
  define(
    name,
    (b, dst, src, immediate) => {
      src.requireAlignment(width === 16 ? 16 : 1);
      const source = readVector(b, src);
      const byte = b.and(immediate.read(), b.constant(0xff));
      const [, result] = callFloatHelper(b, name, dst.read(), source, byte);
      dst.write(result);
    },
    { forms: ["rxi"], widths: [[16, width, 1]] },
  );
}
for (const suffix of suffixes) {
  defineWithImmediate(`cmp${suffix}`, sourceWidths[suffix]);
  defineWithImmediate(`round${suffix}`, sourceWidths[suffix]);
}
defineWithImmediate("dpps", 16);
defineWithImmediate("dppd", 16);

/** COMISS, UCOMISS, COMISD, UCOMISD: ZF, PF and CF by the order of the lowest elements; OF, SF and AF clear. */
for (const [name, width] of [
  ["comiss", 4],
  ["ucomiss", 4],
  ["comisd", 8],
  ["ucomisd", 8],
] as const) {
  define(
    name,
    (b, first, second) => {
      const source = readVector(b, second);
      const [status] = callFloatHelper(b, name, first.read(), source);
      b.setFlags({ kind: "explicit", bits: b.extend(b.operation("i32.shr_u", status, b.bit(16))) });
    },
    { forms: ["rx"], widths: [[16, width]] },
  );
}
