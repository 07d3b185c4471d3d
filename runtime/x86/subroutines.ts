/**
 * Computations that instructions share and that are too long to be repeated where they are used. Written against the
 * builder like semantics, but pure: the engine makes a function of each.
 */
import type { Builder } from "./builder.js";
import { fusedDoubles, fusedDoublesToOdd, fusedSingles, fusedSinglesToOdd } from "./float-fused.js";
import type { ValueType } from "./operations.js";
import type { Value } from "./value.js";
import { extendedProduct, extendedQuotient, extendedSum } from "./x87/inline-arithmetic.js";

export interface Subroutine {
  readonly parameters: readonly ValueType[];
  /** Records the computation; the result is a vector. */
  readonly record: (b: Builder, inputs: readonly Value[]) => Value;
}

/** The bytes of the second vector that are none of the first `length` ones of the first become zero, the others all ones. */
const anyOfBytes: Subroutine = {
  parameters: ["v128", "v128", "i64"],
  record: (b, inputs) => {
    const [first, second, length] = inputs as [Value, Value, Value];
    const counting = b.replaceLane(b.splat(b.constant(0x0706050403020100n)), 1, b.constant(0x0f0e0d0c0b0a0908n));
    const limit = b.operation("i8x16.splat", b.operation("i32.wrap_i64", length));
    // What is beyond the length is nothing that the lowest byte is not.
    const repeated = b.shuffle(Array<number>(16).fill(0), first, first);
    const isThere = b.operation("i8x16.gt_s", limit, counting);
    const bytes = b.operation("v128.bitselect", first, repeated, isThere);
    const isEqualTo = (index: number) =>
      b.operation("i8x16.eq", second, b.shuffle(Array<number>(16).fill(index), bytes, bytes));
    const indexes = Array.from({ length: 16 }, (_, index) => index);
    const any = indexes.map(isEqualTo).reduce((all, each) => b.operation("v128.or", all, each));
    const isEmpty = b.operation("i64.eqz", length);
    return b.select(isEmpty, b.splat(b.constant(0)), any);
  },
};

export type SubroutineName =
  | "fusedSingles"
  | "fusedSinglesToOdd"
  | "fusedDoubles"
  | "fusedDoublesToOdd"
  | "extendedSum"
  | "extendedProduct"
  | "extendedQuotient"
  | "anyOfBytes";

export const subroutines: Readonly<Record<SubroutineName, Subroutine>> = {
  fusedSingles,
  fusedSinglesToOdd,
  fusedDoubles,
  fusedDoublesToOdd,
  extendedSum,
  extendedProduct,
  extendedQuotient,
  anyOfBytes,
};
