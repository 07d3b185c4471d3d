/** SSE4.2 comparisons of strings. Intel SDM vol. 2, 4.1. */
import type { Builder } from "../builder.js";
import { define } from "../define.js";
import { flagBits } from "../flags.js";
import type { Value } from "../value.js";
import { minimum } from "./sse-shift.js";
import { immediateByte } from "./sse-shuffle.js";

/** Comparisons of strings: of lengths in rAX and rDX, or up to a zero; the result is an index in ECX or a mask in XMM0. */
for (const [name, helper, lengthWidth] of [
  ["pcmpistri", "pcmpistri", undefined],
  ["pcmpistrm", "pcmpistrm", undefined],
  ["pcmpestri", "pcmpestri", 4],
  ["pcmpestrm", "pcmpestrm", 4],
  ["pcmpestri64", "pcmpestri", 8],
  ["pcmpestrm64", "pcmpestrm", 8],
] as const) {
  define(
    name,
    (b, first, second, immediate) => {
      const source = second.read();
      let control = immediateByte(b, immediate);
      if (lengthWidth !== undefined) {
        control = b.or(control, b.shiftLeft(stringLength(b, b.register("a", lengthWidth).read()), 8));
        control = b.or(control, b.shiftLeft(stringLength(b, b.register("d", lengthWidth).read()), 16));
      }
      const value = first.read();
      const byHelper = () => {
        const [status, mask] = b.vectorHelper(helper, value, source, b.operation("i32.wrap_i64", control));
        const found = b.extend(status);
        if (helper.endsWith("i")) b.register("c", 4).write(b.shiftRight(found, 16));
        else b.setRegister({ kind: "vector", index: 0 }, 0, 16, mask);
        b.setFlags({ kind: "explicit", bits: b.and(found, b.constant(0xffff)) });
      };
      if (name !== "pcmpistri") byHelper();
      else {
        const find = (matches: typeof anyOf) => () => findBytes(b, value, source, control, matches);
        const otherwise = () => b.if(isKind(b, control, kinds.equalEach), find(equalEach), byHelper);
        b.if(isKind(b, control, kinds.equalAny), find(anyOf), otherwise);
      }
    },
    { forms: ["rxi"], widths: [[16, 16, 1]] },
  );
}

/** The magnitude, at most 16. */
function stringLength(b: Builder, value: Value): Value {
  const isNegative = b.operation("i64.lt_s", value, b.constant(0));
  return minimum(b, b.select(isNegative, b.subtract(b.constant(0), value), value), 16);
}

/** Of the immediate: elements are bytes, and what is compared. These are what the C library uses. */
const kinds = { mask: 0xd, equalAny: 0, equalEach: 8 } as const;

function isKind(b: Builder, control: Value, kind: number): Value {
  return b.equal(b.and(control, b.constant(kinds.mask)), b.constant(kind));
}

const bitsOf = (b: Builder, mask: Value) => b.extend(b.operation("i8x16.bitmask", mask));
const lowBits = (b: Builder, count: Value) => b.subtract(b.shiftLeft(b.constant(1), count), b.constant(1));

/** A string in a vector, and how many bytes of it there are. */
interface Bytes {
  readonly vector: Value;
  readonly length: Value;
}

/** Bytes of the second string that are somewhere in the first. */
function anyOf(b: Builder, first: Bytes, second: Bytes): Value {
  return b.and(bitsOf(b, b.call("anyOfBytes", first.vector, second.vector, first.length)), lowBits(b, second.length));
}

/** Bytes that are equal in both strings; beyond both ends they are. */
function equalEach(b: Builder, first: Bytes, second: Bytes): Value {
  const equal = bitsOf(b, b.operation("i8x16.eq", first.vector, second.vector));
  const [firstValid, secondValid] = [lowBits(b, first.length), lowBits(b, second.length)];
  const both = b.and(firstValid, secondValid);
  return b.or(b.and(equal, both), b.and(b.not(b.or(firstValid, secondValid)), b.constant(0xffff)));
}

/** The bytes before the first zero: how many. */
function lengthOf(b: Builder, value: Value): Value {
  const zeros = b.operation("i8x16.bitmask", b.operation("i8x16.eq", value, b.splat(b.constant(0))));
  return b.operation("i64.ctz", b.or(b.extend(zeros), b.constant(0x10000)));
}

const [invertsAll, invertsValid, polarity, isHighest] = [0x10, 0x30, 0x30, 0x40];

/** PCMPISTRI of bytes. */
function findBytes(b: Builder, first: Value, second: Value, control: Value, matches: typeof anyOf): void {
  const [firstLength, secondLength] = [lengthOf(b, first), lengthOf(b, second)];
  const valid = lowBits(b, secondLength);
  const found = matches(b, { vector: first, length: firstLength }, { vector: second, length: secondLength });
  const kind = b.and(control, b.constant(polarity));
  const inverted = b.select(
    b.equal(kind, b.constant(invertsAll)),
    b.constant(0xffff),
    b.select(b.equal(kind, b.constant(invertsValid)), valid, b.constant(0)),
  );
  const bits = b.xor(found, inverted);
  const lowest = b.operation("i64.ctz", b.or(bits, b.constant(0x10000)));
  const highest = b.subtract(b.constant(63), b.operation("i64.clz", bits));
  const none = b.select(b.isZero(bits), b.constant(16), highest);
  const wantsHighest = b.notEqual(b.and(control, b.constant(isHighest)), b.constant(0));
  b.register("c", 4).write(b.select(wantsHighest, none, lowest));
  const flag = (condition: Value, place: number) => b.shiftLeft(b.extend(condition), place);
  const isShorter = (length: Value) => b.lessUnsigned(length, b.constant(16));
  const flags = [
    flag(b.notEqual(bits, b.constant(0)), flagBits.cf),
    flag(isShorter(secondLength), flagBits.zf),
    flag(isShorter(firstLength), flagBits.sf),
    b.shiftLeft(b.and(bits, b.constant(1)), flagBits.of),
  ];
  b.setFlags({ kind: "explicit", bits: flags.reduce((all, bit) => b.or(all, bit)) });
}
