import type { ProcessEnd } from "./process.js";

/** What has become of a process at a system call, a signal or the end of a turn. */
export type Outcome =
  | { readonly kind: "continue" }
  /** All its threads wait. */
  | { readonly kind: "waiting" }
  /** All processes wait, at least one of them for the host; or one of them for what the host says about a file. */
  | { readonly kind: "hostWait" }
  | { readonly kind: "ended"; readonly end: ProcessEnd };

export const goesOn: Outcome = { kind: "continue" };
export const isWaiting: Outcome = { kind: "waiting" };

export function killed(signal: number): Outcome {
  return { kind: "ended", end: { kind: "killed", signal } };
}
