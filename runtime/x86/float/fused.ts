/** Multiplication and addition with a single rounding: IEEE 754's fusedMultiplyAdd, as the FMA instructions execute it. */
import { finiteSum, isZero } from "./arithmetic.js";
import { exceptions, type FloatEnvironment } from "./environment.js";
import { type Format, infinity, invalid, noteDenormals, type Unpacked, unpack } from "./format.js";

/** ± x · y ± z. A NaN is the first one in the order x, y, z, with its own sign. Intel SDM vol. 1, 14.5.2. */
export function multiplyAdd(
  f: Format,
  environment: FloatEnvironment,
  operands: readonly [x: bigint, y: bigint, z: bigint],
  negatesProduct: boolean,
  negatesAddend: boolean,
): bigint {
  const [x, y, z] = operands.map((bits) => unpack(f, bits, environment)) as [Unpacked, Unpacked, Unpacked];
  const isInvalidProduct = (x.kind === "infinite" && isZero(y)) || (y.kind === "infinite" && isZero(x));
  const nan = [x, y, z].find(({ kind }) => kind === "nan");
  if (nan) {
    if (x.isSignaling || y.isSignaling || z.isSignaling) environment.raise(exceptions.invalid);
    return nan.bits | f.quietBit;
  }
  if (isInvalidProduct) return invalid(f, environment);
  const isProductNegative = (x.negative !== y.negative) !== negatesProduct;
  const isAddendNegative = z.negative !== negatesAddend;
  if (x.kind === "infinite" || y.kind === "infinite") {
    if (z.kind === "infinite" && isProductNegative !== isAddendNegative) return invalid(f, environment);
    noteDenormals(environment, x, y);
    noteDenormals(environment, z);
    return infinity(f, isProductNegative);
  }
  noteDenormals(environment, x, y);
  noteDenormals(environment, z);
  if (z.kind === "infinite") return infinity(f, isAddendNegative);
  const product = { significand: x.significand * y.significand, exponent: x.exponent + y.exponent };
  return finiteSum(f, environment, product, isProductNegative, z, isAddendNegative);
}
