/**
 * Computations that instructions share and that are too long to be repeated where they are used. Written against the
 * builder like semantics, but pure: the engine makes a function of each.
 */
import type { Builder } from "./builder.js";
import { fusedDoubles, fusedSingles } from "./float-fused.js";
import type { ValueType } from "./operations.js";
import type { Value } from "./value.js";

export interface Subroutine {
  readonly parameters: readonly ValueType[];
  /** Records the computation; the result is a vector. */
  readonly record: (b: Builder, inputs: readonly Value[]) => Value;
}

export type SubroutineName = "fusedSingles" | "fusedDoubles";

export const subroutines: Readonly<Record<SubroutineName, Subroutine>> = { fusedSingles, fusedDoubles };
