/** FMA: multiplication and addition with a single rounding. Intel SDM vol. 1, 14.5, and vol. 2, VFMADD132PD and its kin. */
import type { Builder } from "../builder.js";
import type { Semantics, Variant } from "../define.js";
import { fusedOrders } from "../float-fused.js";
import { holdsFor, inCommonCase, merge, type Suffix, shapeOf } from "../float-inline.js";
import { callFloatHelper, readVector } from "../float-instruction.js";
import type { Value } from "../value.js";
import { defineVexOf } from "../vex.js";

/** Of the mode that the helper takes. */
const [negatesProduct, subtractsInEven, subtractsInOdd] = [1, 2, 4];
const operations = {
  fmadd: 0,
  fmsub: subtractsInEven | subtractsInOdd,
  fnmadd: negatesProduct,
  fnmsub: negatesProduct | subtractsInEven | subtractsInOdd,
  fmaddsub: subtractsInEven,
  fmsubadd: subtractsInOdd,
} as const;

for (const [operation, mode] of Object.entries(operations)) {
  const suffixes: readonly Suffix[] = /addsub|subadd/.test(operation) ? ["ps", "pd"] : ["ss", "sd", "ps", "pd"];
  for (const [digits, order] of Object.entries(fusedOrders)) {
    for (const suffix of suffixes) defineFused(`v${operation}${digits}${suffix}`, mode, order, suffix);
  }
}

function defineFused(name: string, mode: number, order: readonly [number, number, number], suffix: Suffix): void {
  const semantics: Semantics = (b, dst, second, third) => {
    const destination = dst.read();
    const operands = [destination, second.read(), readVector(b, third)] as const;
    const [x, y, z] = order.map((index) => operands[index] ?? destination) as [Value, Value, Value];
    const isNoted = b.floatMode("precisionNoted");
    const given = [negated(b, suffix, x, mode & negatesProduct ? 3 : 0), y, signed()];
    const result = b.variable(b.call(shapeOf(suffix) === "f64x2" ? "fusedDoubles" : "fusedSingles", ...given));
    // A NaN is no result.
    const isNumber = (value: Value) => holdsFor(b, suffix, b.operation(`${shapeOf(suffix)}.eq`, value, value));
    const write = (value: Value) => dst.write(merge(b, suffix, destination, value));
    const helper = `fma${suffix}` as const;
    inCommonCase(
      b,
      {
        isOrdinary: b.operation("i32.and", isNumber(result.get()), isNoted),
        isRight: () => {
          const exact = fuseToOdd(b, suffix, given, isNoted);
          result.set(exact);
          return isNumber(exact);
        },
        // Otherwise it is no number.
        isExact: () => b.bit(1),
      },
      () => write(result.get()),
      () => write(callFloatHelper(b, helper, x, y, b.constant(mode), z)[1]),
    );

    /** The addend with its sign. */
    function signed(): Value {
      return negated(b, suffix, z, (mode & subtractsInEven ? 1 : 0) | (mode & subtractsInOdd ? 2 : 0));
    }
  };
  const isPacked = suffix === "ps" || suffix === "pd";
  const variants: readonly Variant[] = [{ form: "rrx", widths: [16, 16, isPacked ? 16 : suffix === "ss" ? 4 : 8] }];
  defineVexOf(name, semantics, variants, isPacked ? { raises: true } : { lanes: 1 });
}

/** With the signs of its even (bit 0 of `elements`) and odd (bit 1) elements changed. */
function negated(b: Builder, suffix: Suffix, value: Value, elements: number): Value {
  if (elements === 0) return value;
  const isDouble = shapeOf(suffix) === "f64x2";
  const [even, odd] = [(elements & 1) !== 0, (elements & 2) !== 0];
  if (!isDouble) {
    const signs = (even ? 0x80000000n : 0n) | (odd ? 0x80000000_00000000n : 0n);
    return b.operation("v128.xor", value, b.splat(b.constant(BigInt.asIntN(64, signs))));
  }
  const sign = b.constant(-(2n ** 63n));
  const signs = even && odd ? b.splat(sign) : b.replaceLane(b.splat(b.constant(0)), even ? 0 : 1, sign);
  return b.operation("v128.xor", value, signs);
}

/** The sure way; singles in two halves. */
function fuseToOdd(b: Builder, suffix: Suffix, operands: readonly Value[], isNoted: Value): Value {
  if (shapeOf(suffix) === "f64x2") return b.call("fusedDoublesToOdd", ...operands, isNoted);
  const low = b.call("fusedSinglesToOdd", ...operands, isNoted);
  if (suffix === "ss") return low;
  const upper = operands.map((value) => b.splat(b.lane(value, 1)));
  return b.replaceLane(low, 1, b.lane(b.call("fusedSinglesToOdd", ...upper, isNoted), 0));
}
