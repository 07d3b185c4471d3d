/** SSE moves. No flags, no floating-point exceptions. Intel SDM vol. 2. */
import { define, type Variant } from "../define.js";
import type { Width } from "../value.js";
import { lanesOf } from "../vex.js";
import { wait } from "../x87/parts.js";
import { enterMmx, executeMmx } from "./packed.js";

/** Aligned: both operands registers, or memory at a multiple of 16. */
for (const name of ["movaps", "movapd", "movdqa"]) {
  define(
    name,
    (_b, dst, src) => {
      dst.requireAlignment(16);
      src.requireAlignment(16);
      dst.write(src.read());
    },
    { widths: [[16, 16]] },
  );
}

for (const name of ["movups", "movupd", "movdqu", "lddqu"]) {
  define(name, (_b, dst, src) => dst.write(src.read()), { widths: [[16, 16]] });
}

/** Stores that need not go through the caches. */
for (const name of ["movntps", "movntpd", "movntdq"]) {
  define(
    name,
    (_b, dst, src) => {
      dst.requireAlignment(16);
      dst.write(src.read());
    },
    { forms: ["mr"], widths: [[16, 16]] },
  );
}
define(
  "movntdqa",
  (_b, dst, src) => {
    src.requireAlignment(16);
    dst.write(src.read());
  },
  { forms: ["rm"], widths: [[16, 16]] },
);

/** MOVSS, MOVSD: between registers the upper part stays; a load clears it. */
for (const [name, width] of [
  ["movss", 4],
  ["movsd", 8],
] as const) {
  define(
    name,
    (b, dst, src) => {
      const value = src.readPart(0, width);
      if (src.isMemory) {
        dst.writePart(0, 8, value);
        dst.writePart(8, 8, b.constant(0));
      } else {
        dst.writePart(0, width, value);
      }
    },
    { variants: scalarVariants(width) },
  );
}

function scalarVariants(width: Width): Variant[] {
  return [
    { form: "rr", widths: [16, 16] },
    { form: "rm", widths: [16, width] },
    { form: "mr", widths: [width, 16] },
  ];
}

const movesOfQuadwords: Variant[] = [
  { form: "rr", widths: [16, 16] },
  { form: "qq", widths: [8, 8] },
];
/** MOVD, and MOVQ between general and SSE registers: into the latter, the upper part is cleared. */
for (const name of ["movd", "movq"]) {
  define(
    name,
    (b, dst, src) => {
      if (dst.isMmx) {
        executeMmx(b, dst, () => src.readUnsigned());
      } else if (src.isMmx) {
        wait(b);
        dst.write(src.readPart(0, dst.width));
        enterMmx(b);
      } else if (dst.width === 16) {
        const value = src.width === 16 ? src.readPart(0, 8) : src.readUnsigned();
        dst.writePart(0, 8, value);
        dst.writePart(8, 8, b.constant(0));
      } else {
        dst.write(src.readPart(0, dst.width));
      }
    },
    {
      variants: ([4, 8] as const).flatMap((width) => [
        { form: "ra", widths: [16, width] },
        { form: "ar", widths: [width, 16] },
        { form: "qr", widths: [8, width] },
        { form: "qm", widths: [8, width] },
        { form: "rq", widths: [width, 8] },
        { form: "mq", widths: [width, 8] },
        ...(name === "movq" && width === 8 ? movesOfQuadwords : []),
      ]),
    },
  );
}

/** MOVLPS, MOVLPD: the lower half from or to memory; MOVHPS, MOVHPD: the upper. The other half stays. */
for (const [names, half] of [
  [["movlps", "movlpd"], 0],
  [["movhps", "movhpd"], 8],
] as const) {
  for (const name of names) {
    define(
      name,
      (_b, dst, src) => {
        if (src.isMemory) dst.writePart(half, 8, src.readPart(0, 8));
        else dst.writePart(0, 8, src.readPart(half, 8));
      },
      {
        variants: [
          { form: "rm", widths: [16, 8] },
          { form: "mr", widths: [8, 16] },
        ],
      },
    );
  }
}

/** MOVHLPS: lower half ← upper half of the source. MOVLHPS: upper half ← lower half of the source. */
define("movhlps", (_b, dst, src) => dst.writePart(0, 8, src.readPart(8, 8)), { forms: ["rr"], widths: [[16, 16]] });
define("movlhps", (_b, dst, src) => dst.writePart(8, 8, src.readPart(0, 8)), { forms: ["rr"], widths: [[16, 16]] });

/** MOVQ2DQ, MOVDQ2Q: between MMX and SSE registers. MOVNTQ: a store that need not go through the caches. */
define(
  "movq2dq",
  (b, dst, src) => {
    wait(b);
    const value = src.readUnsigned();
    enterMmx(b);
    dst.writePart(0, 8, value);
    dst.writePart(8, 8, b.constant(0));
  },
  { forms: ["rq"], widths: [[16, 8]] },
);
define("movdq2q", (b, dst, src) => executeMmx(b, dst, () => src.readPart(0, 8)), {
  forms: ["qr"],
  widths: [[8, 16]],
});
define(
  "movntq",
  (b, dst, src) => {
    wait(b);
    dst.write(src.readUnsigned());
    enterMmx(b);
  },
  { forms: ["mq"], widths: [[8, 8]] },
);

/** MOVMSKPS, MOVMSKPD, PMOVMSKB: the sign bits of the elements. */
for (const [name, operation, elements] of [
  ["movmskps", "i32x4.bitmask", 4],
  ["movmskpd", "i64x2.bitmask", 2],
  ["pmovmskb", "i8x16.bitmask", 16],
] as const) {
  define(
    name,
    (b, dst, src) => {
      if (src.isMmx) {
        wait(b);
        const value = b.replaceLane(b.splat(src.read()), 1, b.constant(0));
        enterMmx(b);
        dst.write(b.extend(b.operation(operation, value)));
      } else {
        dst.write(b.extend(b.operation(operation, src.read())));
      }
    },
    {
      variants: ([4, 8] as const).flatMap((width): Variant[] => [
        { form: "rr", widths: [width, 16] },
        ...(name === "pmovmskb" ? [{ form: "rq", widths: [width, 8] } as const] : []),
      ]),
    },
  );
  define(
    `v${name}`,
    (b, dst, src) => {
      const signs = lanesOf(src).map((lane, index) =>
        b.shiftLeft(b.extend(b.operation(operation, lane)), index * elements),
      );
      dst.write(signs.reduce((low, high) => b.or(low, high)));
    },
    {
      forms: ["rr"],
      widths: [
        [4, 16],
        [8, 16],
        [4, 32],
        [8, 32],
      ],
    },
  );
}
