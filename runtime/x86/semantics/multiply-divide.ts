/** MUL, IMUL, DIV, IDIV. Intel SDM vol. 2. */
import type { Builder } from "../builder.js";
import { allAlike, define } from "../define.js";
import type { Value } from "../value.js";

/** Upper 64 bits of the unsigned product. */
export function highUnsigned(b: Builder, x: Value, y: Value): Value {
  const half = (value: Value) => b.and(value, b.constant(0xffffffff));
  const [xLow, xHigh] = [half(x), b.shiftRight(x, 32)];
  const [yLow, yHigh] = [half(y), b.shiftRight(y, 32)];
  const middle = b.add(b.multiply(xHigh, yLow), b.shiftRight(b.multiply(xLow, yLow), 32));
  const other = b.add(b.multiply(xLow, yHigh), half(middle));
  return b.add(b.multiply(xHigh, yHigh), b.add(b.shiftRight(middle, 32), b.shiftRight(other, 32)));
}

/** Upper 64 bits of the signed product. */
function highSigned(b: Builder, x: Value, y: Value): Value {
  const correction = b.add(b.and(b.shiftRightArithmetic(x, 63), y), b.and(b.shiftRightArithmetic(y, 63), x));
  return b.subtract(highUnsigned(b, x, y), correction);
}

/** CF = OF = `overflow`. The manual leaves the rest undefined; SF, ZF and PF follow the low half here. */
function setProductFlags(b: Builder, low: Value, overflow: Value): void {
  const others = b.multiply(b.extend(overflow), b.constant(0x801));
  b.setFlags({ kind: "result", result: b.signExtend(low, b.width), others });
}

/** MUL: rDX:rAX ← rAX · source (bytes: AX ← AL · source), unsigned. CF and OF: the upper half is not zero. */
define("mul", (b, src) => {
  const x = b.register("a").readUnsigned();
  const y = src.readUnsigned();
  const low = b.multiply(x, y);
  const high = b.width === 8 ? highUnsigned(b, x, y) : b.shiftRight(low, 8 * b.width);
  writeProduct(b, low, high);
  setProductFlags(b, low, b.notEqual(high, b.constant(0)));
});

/** IMUL of one operand: as MUL, signed. CF and OF: the upper half is more than the sign of the lower. */
define("imul1", (b, src) => {
  const x = b.register("a").read();
  const y = src.read();
  const low = b.multiply(x, y);
  const high = b.width === 8 ? highSigned(b, x, y) : b.shiftRightArithmetic(low, 8 * b.width);
  writeProduct(b, low, high);
  const sign = b.shiftRightArithmetic(b.signExtend(low, b.width), 63);
  setProductFlags(b, low, b.notEqual(high, sign));
});

function writeProduct(b: Builder, low: Value, high: Value): void {
  if (b.width === 1) {
    b.register("a", 2).write(low);
  } else {
    b.register("a").write(low);
    b.register("d").write(high);
  }
}

/** The product of two signed operands, truncated, with the flags of IMUL. */
function truncatedProduct(b: Builder, x: Value, y: Value): Value {
  const product = b.multiply(x, y);
  const result = b.signExtend(product, b.width);
  const overflow =
    b.width === 8 ? b.notEqual(highSigned(b, x, y), b.shiftRightArithmetic(product, 63)) : b.notEqual(product, result);
  setProductFlags(b, result, overflow);
  return result;
}

/** IMUL of two operands: destination ← destination · source. */
define("imul", (b, dst, src) => dst.write(truncatedProduct(b, dst.read(), src.read())), {
  widths: allAlike([2, 4, 8], 2),
});

/** IMUL of three operands: destination ← source · immediate. */
define("imul3", (b, dst, src, immediate) => dst.write(truncatedProduct(b, src.read(), immediate.read())), {
  widths: allAlike([2, 4, 8], 3),
});

/** The dividend rDX:rAX (bytes: AX) of a division of up to 32 bits, as 64 bits. */
function dividend(b: Builder, signed: boolean): Value {
  if (b.width === 1) {
    const ax = b.register("a", 2);
    return signed ? ax.read() : ax.readUnsigned();
  }
  const low = b.register("a").readUnsigned();
  const d = b.register("d");
  return b.or(b.shiftLeft(signed ? d.read() : d.readUnsigned(), 8 * b.width), low);
}

function writeQuotient(b: Builder, quotient: Value, remainder: Value): void {
  if (b.width === 1) {
    b.register("a", 8).writePart(0, 1, quotient);
    b.register("a", 8).writePart(1, 1, remainder);
  } else {
    b.register("a").write(quotient);
    b.register("d").write(remainder);
  }
}

/** DIV: quotient and remainder of rDX:rAX by the source, unsigned. #DE when the quotient does not fit. Flags stay. */
define("div", (b, src) => {
  const divisor = src.readUnsigned();
  const failIf = (condition: Value) => b.if(condition, () => b.fault("divideError"));
  if (b.width === 8) {
    const low = b.register("a").read();
    const high = b.register("d").read();
    // Covers the divisor 0, too.
    failIf(b.operation("i64.ge_u", high, divisor));
    b.if(
      b.isZero(high),
      () => writeQuotient(b, b.operation("i64.div_u", low, divisor), b.operation("i64.rem_u", low, divisor)),
      () => {
        const quotient = b.helper("divideUnsigned128", high, low, divisor);
        writeQuotient(b, quotient, b.subtract(low, b.multiply(quotient, divisor)));
      },
    );
    return;
  }
  const value = dividend(b, false);
  failIf(b.isZero(divisor));
  const quotient = b.operation("i64.div_u", value, divisor);
  failIf(b.operation("i64.gt_u", quotient, b.constant((1n << BigInt(8 * b.width)) - 1n)));
  writeQuotient(b, quotient, b.operation("i64.rem_u", value, divisor));
});

/** IDIV: as DIV, signed; rounds towards zero. */
define("idiv", (b, src) => {
  const divisor = src.read();
  const failIf = (condition: Value) => b.if(condition, () => b.fault("divideError"));
  failIf(b.isZero(divisor));
  if (b.width === 8) {
    const low = b.register("a").read();
    const high = b.register("d").read();
    const isMinimum = b.equal(low, b.constant(1n << 63n));
    const isNarrow = b.equal(high, b.shiftRightArithmetic(low, 63));
    const overflows = b.operation("i32.and", isMinimum, b.equal(divisor, b.constant(-1)));
    b.if(
      b.operation("i32.and", isNarrow, b.isZero(overflows)),
      () => writeQuotient(b, b.operation("i64.div_s", low, divisor), b.operation("i64.rem_s", low, divisor)),
      () => {
        failIf(b.notEqual(b.helper("divideSigned128Overflows", high, low, divisor), b.constant(0)));
        const quotient = b.helper("divideSigned128", high, low, divisor);
        writeQuotient(b, quotient, b.subtract(low, b.multiply(quotient, divisor)));
      },
    );
    return;
  }
  const value = dividend(b, true);
  // −2⁶³ / −1 would trap; its quotient fits in no destination anyway.
  failIf(b.operation("i32.and", b.equal(value, b.constant(1n << 63n)), b.equal(divisor, b.constant(-1))));
  const quotient = b.operation("i64.div_s", value, divisor);
  failIf(b.notEqual(quotient, b.signExtend(quotient, b.width)));
  writeQuotient(b, quotient, b.operation("i64.rem_s", value, divisor));
});
