/** SSE4.1 and SSE4.2, AES and PCLMULQDQ. Intel SDM vol. 2. */
import type { Builder } from "../builder.js";
import { define } from "../define.js";
import { readVector } from "../float-instruction.js";
import type { OperationName } from "../operations.js";
import type { Value, Width } from "../value.js";
import type { VectorHelperName } from "../vector-helpers/index.js";
import { lanesOf, writeLanes } from "../vex.js";
import { definePacked } from "./packed.js";
import { immediateByte } from "./sse-shuffle.js";

const zeroVector = (b: Builder) => b.splat(b.constant(0));
const vectorOf = (b: Builder, low: bigint, high: bigint) =>
  b.replaceLane(b.splat(b.constant(low)), 1, b.constant(high));

for (const [name, operation] of [
  ["pmulld", "i32x4.mul"],
  ["pminsb", "i8x16.min_s"],
  ["pmaxsb", "i8x16.max_s"],
  ["pminuw", "i16x8.min_u"],
  ["pmaxuw", "i16x8.max_u"],
  ["pminud", "i32x4.min_u"],
  ["pmaxud", "i32x4.max_u"],
  ["pminsd", "i32x4.min_s"],
  ["pmaxsd", "i32x4.max_s"],
  ["pcmpeqq", "i64x2.eq"],
  ["pcmpgtq", "i64x2.gt_s"],
  ["packusdw", "i16x8.narrow_i32x4_u"],
] as const satisfies readonly (readonly [string, OperationName])[]) {
  definePacked(name, (b, x, y) => b.operation(operation, x, y));
}

/** PMULDQ: signed 64-bit products of the even 32-bit elements. */
definePacked("pmuldq", (b, x, y) => {
  const product = (half: 0 | 1) => b.multiply(b.signExtend(b.lane(x, half), 4), b.signExtend(b.lane(y, half), 4));
  return b.replaceLane(b.splat(product(0)), 1, product(1));
});

/** PTEST: ZF = no bit is in both; CF = the source has no bit that the destination lacks. */
define(
  "ptest",
  (b, first, second) => {
    second.requireAlignment(16);
    const source = second.read();
    testBits(b, [source], [first.read()]);
  },
  { forms: ["rx"], widths: [[16, 16]] },
);

/** Sets ZF and CF by the bits of two vectors; `mask`: by those bits of them only. */
export function testBits(b: Builder, sources: readonly Value[], values: readonly Value[], mask?: Value): void {
  const isNone = (operation: "v128.and" | "v128.andnot") => {
    const lanes = sources.map((source, lane) => b.operation(operation, source, values[lane] ?? source));
    const bits = lanes.reduce((low, high) => b.operation("v128.or", low, high));
    const looked = mask ? b.operation("v128.and", bits, mask) : bits;
    return b.extend(b.isZero(b.operation("v128.any_true", looked)));
  };
  const zero = b.shiftLeft(isNone("v128.and"), 6);
  b.setFlags({ kind: "explicit", bits: b.or(zero, isNone("v128.andnot")) });
}
for (const [name, mask] of [
  ["vptest", undefined],
  ["vtestps", 0x8000000080000000n],
  ["vtestpd", 0x8000000000000000n],
] as const) {
  define(
    name,
    (b, first, second) => {
      const sources = lanesOf(second);
      testBits(b, sources, lanesOf(first), mask && b.splat(b.constant(mask)));
    },
    {
      forms: ["ra"],
      widths: [
        [16, 16],
        [32, 32],
      ],
    },
  );
}

/** PMOVSXBW and its kin: the lowest elements, widened. */
const widenings: readonly (readonly [string, Width, readonly [OperationName, OperationName][]])[] = [
  ["bw", 8, [["i16x8.extend_low_i8x16_s", "i16x8.extend_low_i8x16_u"]]],
  ["wd", 8, [["i32x4.extend_low_i16x8_s", "i32x4.extend_low_i16x8_u"]]],
  ["dq", 8, [["i64x2.extend_low_i32x4_s", "i64x2.extend_low_i32x4_u"]]],
  [
    "bd",
    4,
    [
      ["i16x8.extend_low_i8x16_s", "i16x8.extend_low_i8x16_u"],
      ["i32x4.extend_low_i16x8_s", "i32x4.extend_low_i16x8_u"],
    ],
  ],
  [
    "wq",
    4,
    [
      ["i32x4.extend_low_i16x8_s", "i32x4.extend_low_i16x8_u"],
      ["i64x2.extend_low_i32x4_s", "i64x2.extend_low_i32x4_u"],
    ],
  ],
  [
    "bq",
    2,
    [
      ["i16x8.extend_low_i8x16_s", "i16x8.extend_low_i8x16_u"],
      ["i32x4.extend_low_i16x8_s", "i32x4.extend_low_i16x8_u"],
      ["i64x2.extend_low_i32x4_s", "i64x2.extend_low_i32x4_u"],
    ],
  ],
];
for (const [suffix, width, steps] of widenings) {
  for (const [letter, index] of [
    ["s", 0],
    ["z", 1],
  ] as const) {
    define(
      `pmov${letter}x${suffix}`,
      (b, dst, src) => {
        let value = readVector(b, src);
        for (const step of steps) value = b.operation(step[index], value);
        dst.write(value);
      },
      { forms: ["rx"], widths: [[16, width]] },
    );
  }
}

/** The source's elements whose bit in the immediate is set. `numbers`: bit i in element i. */
for (const [name, operation, low, high] of [
  ["blendps", "i32x4.eq", 0x0000000200000001n, 0x0000000800000004n],
  ["blendpd", "i64x2.eq", 1n, 2n],
  ["pblendw", "i16x8.eq", 0x0008000400020001n, 0x0080004000200010n],
] as const) {
  define(
    name,
    (b, dst, src, immediate) => {
      src.requireAlignment(16);
      const source = src.read();
      const numbers = vectorOf(b, low, high);
      const everywhere = b.multiply(
        immediateByte(b, immediate),
        b.constant(operation === "i64x2.eq" ? 1n : repeated(operation)),
      );
      const mask = b.operation(operation, b.operation("v128.and", b.splat(everywhere), numbers), numbers);
      dst.write(b.operation("v128.bitselect", source, dst.read(), mask));
    },
    { forms: ["rxi"], widths: [[16, 16, 1]] },
  );
}

/** What a number is multiplied with to stand in every element of 64 bits. */
function repeated(operation: "i32x4.eq" | "i16x8.eq"): bigint {
  return operation === "i32x4.eq" ? 0x0000000100000001n : 0x0001000100010001n;
}

/** The source's elements whose sign bit in XMM0 is set. */
for (const [name, operation] of [
  ["blendvps", "i32x4.gt_s"],
  ["blendvpd", "i64x2.gt_s"],
  ["pblendvb", "i8x16.gt_s"],
] as const) {
  const blend = (b: Builder, x: Value, y: Value, mask: Value) =>
    b.operation("v128.bitselect", y, x, b.operation(operation, zeroVector(b), mask));
  definePacked(name, (b, x, y) => blend(b, x, y, b.getRegister({ kind: "vector", index: 0 }, 0, 16, false)));
  /** In the VEX form, the mask is an operand. */
  define(
    `v${name}`,
    (b, dst, first, second, mask) => {
      const sources = lanesOf(second);
      const [values, masks] = [lanesOf(first), lanesOf(mask)];
      const lanes = sources.map((source, lane) => blend(b, values[lane] ?? source, source, masks[lane] ?? source));
      writeLanes(b, dst, lanes);
    },
    {
      forms: ["rrar"],
      widths: [
        [16, 16, 16, 16],
        [32, 32, 32, 32],
      ],
    },
  );
}

/** Helpers of two vectors; `hasImmediate`: and a byte. */
for (const name of ["phminposuw", "aesenc", "aesenclast", "aesdec", "aesdeclast", "aesimc"] as const) {
  definePacked(name, (b, x, y) => b.vectorHelper(name, x, y, b.bit(0))[1]);
}
for (const name of ["mpsadbw", "aeskeygenassist", "pclmulqdq"] as const) {
  define(
    name,
    (b, dst, src, immediate) => {
      src.requireAlignment(16);
      const source = src.read();
      dst.write(callWithByte(b, name, dst.read(), source, immediateByte(b, immediate)));
    },
    { forms: ["rxi"], widths: [[16, 16, 1]] },
  );
}

function callWithByte(b: Builder, name: VectorHelperName, first: Value, second: Value, byte: Value): Value {
  return b.vectorHelper(name, first, second, b.operation("i32.wrap_i64", byte))[1];
}

/** INSERTPS: from memory it takes the only element there is. */
define(
  "insertps",
  (b, dst, src, immediate) => {
    const source = readVector(b, src);
    const byte = b.and(immediate.read(), b.constant(src.isMemory ? 0x3f : 0xff));
    dst.write(callWithByte(b, "insertps", dst.read(), source, byte));
  },
  {
    variants: [
      { form: "rri", widths: [16, 16, 1] },
      { form: "rmi", widths: [16, 4, 1] },
    ],
  },
);

/** CRC32: accumulates the source into the checksum. */
define(
  "crc32",
  (b, dst, src) => {
    const sum = b.helper("crc32", dst.readUnsigned(), src.readUnsigned(), b.constant(src.width));
    dst.write(sum);
  },
  {
    widths: [
      [4, 1],
      [4, 2],
      [4, 4],
      [8, 1],
      [8, 8],
    ],
  },
);
