/**
 * AVX instructions that touch only some elements in memory: VMASKMOV, VPMASKMOV and the gathers. Only the elements that
 * are asked for can fault. Intel SDM vol. 2.
 */
import type { Builder } from "../builder.js";
import { define } from "../define.js";
import type { Operand } from "../operands.js";
import type { Value } from "../value.js";
import { clearUpperLane } from "../vex.js";

/** The sign bit of the element, as a condition. */
function isChosen(b: Builder, mask: Operand, offset: number, size: 4 | 8): Value {
  return b.operation("i32.wrap_i64", b.bitOf(mask.readPart(offset, size), 8 * size - 1));
}

function offsetsIn(width: number, size: number): number[] {
  return Array.from({ length: width / size }, (_, index) => index * size);
}

const moves = [
  ["vmaskmovps", 4],
  ["vmaskmovpd", 8],
  ["vpmaskmovd", 4],
  ["vpmaskmovq", 8],
] as const;
for (const [name, size] of moves) {
  define(
    name,
    (b, first, second, third) => {
      if (first.isMemory) store(b, second, third, size);
      else load(b, first, second, size);
    },
    {
      variants: ([16, 32] as const).flatMap((width) => [
        { form: "rrm", widths: [width, width, width] },
        { form: "mrr", widths: [width, width, width] },
      ]),
    },
  );
}

/** The elements that are not chosen become zero. */
function load(b: Builder, dst: Operand, mask: Operand, size: 4 | 8): void {
  const address = b.effectiveAddress();
  const elements = offsetsIn(dst.width, size).map((offset) => {
    const element = b.variable(b.constant(0));
    b.if(isChosen(b, mask, offset, size), () => {
      const at = b.add(address, b.constant(offset));
      b.check({ address: at, size, write: false, alignment: 1 });
      element.set(b.loadChecked(at, 0, size, false));
    });
    return element;
  });
  for (const [index, element] of elements.entries()) dst.writePart(index * size, size, element.get());
  if (dst.width === 16) clearUpperLane(b, dst);
}

/** The elements that are not chosen stay; all others are checked before the first is written. */
function store(b: Builder, mask: Operand, source: Operand, size: 4 | 8): void {
  const address = b.effectiveAddress();
  const offsets = offsetsIn(source.width, size);
  const chosen = offsets.map((offset) => isChosen(b, mask, offset, size));
  const forEach = (body: (at: Value, offset: number) => void) => {
    for (const [index, offset] of offsets.entries()) {
      const condition = chosen[index];
      if (condition) b.if(condition, () => body(b.add(address, b.constant(offset)), offset));
    }
  };
  forEach((at) => b.check({ address: at, size, write: true, alignment: 1 }));
  forEach((at, offset) => b.storeChecked(at, 0, size, source.readPart(offset, size)));
}

/**
 * Gathers: elements at the base plus an index, for those whose mask has its top bit set. From the lowest on; the mask of
 * what is done is cleared, so that after a fault the instruction goes on where it was. Operands: destination, memory
 * (base and displacement), mask, indices.
 */
const gathers = [
  ["d", 4, [16, 16, 16], [32, 32, 32]],
  ["d", 8, [16, 16, 16], [32, 32, 16]],
  ["q", 4, [16, 16, 16], [16, 16, 32]],
  ["q", 8, [16, 16, 16], [32, 32, 32]],
] as const;
for (const [indexLetter, size, ...widths] of gathers) {
  for (const name of [
    `vgather${indexLetter}p${size === 4 ? "s" : "d"}`,
    `vpgather${indexLetter}${size === 4 ? "d" : "q"}`,
  ]) {
    const indexSize = indexLetter === "d" ? 4 : 8;
    define(name, (b, dst, _memory, mask, indices) => gather(b, dst, mask, indices, size, indexSize), {
      variants: widths.map(([destination, masks, index]) => ({
        form: "rmrr",
        widths: [destination, size, masks, index],
      })),
    });
  }
}

function gather(b: Builder, dst: Operand, mask: Operand, indices: Operand, size: 4 | 8, indexSize: 4 | 8): void {
  const segment = b.instruction("segmentBase");
  const base = b.subtract(b.effectiveAddress(), segment);
  const addressMask = b.instruction("addressMask");
  const scale = b.instruction("scale");
  const count = Math.min(dst.width / size, indices.width / indexSize);
  for (let element = 0; element < count; element++) {
    const offset = element * size;
    b.if(isChosen(b, mask, offset, size), () => {
      const index = b.signExtend(indices.readPart(element * indexSize, indexSize), indexSize);
      const at = b.add(b.and(b.add(base, b.shiftLeft(index, scale)), addressMask), segment);
      b.check({ address: at, size, write: false, alignment: 1 });
      dst.writePart(offset, size, b.loadChecked(at, 0, size, false));
    });
    mask.writePart(offset, size, b.constant(0));
  }
  const zero = b.splat(b.constant(0));
  for (const offset of [0, 16]) mask.writePart(offset, 16, zero);
  if (count * size === 8) dst.writePart(8, 8, b.constant(0));
  if (dst.width === 16) clearUpperLane(b, dst);
}
