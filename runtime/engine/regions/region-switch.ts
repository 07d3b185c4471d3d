/** A switch of stacks inside a region: what was known of its place when the region was compiled. */
import { operations } from "../../x86/operations.js";
import type { SwitchPlace } from "../switch-code.js";
import { siteField } from "../switch-layout.js";
import { type FunctionWriter, op } from "../wasm-writer.js";

/** See `siteField`. */
export interface SwitchCheck {
  /** The record behind the instruction. */
  readonly record: number;
  /** Every execution is looked at while somebody wants to know of loads. */
  readonly isLoad: boolean;
  /** 0: nothing is known. */
  readonly number: number;
  readonly returnDistance: number;
  readonly holder: number;
  readonly homeOffset: bigint;
  readonly homeWords: number;
  readonly saved: number;
}

/** It must still be the site that it was. */
export function placeOf(code: FunctionWriter, check: SwitchCheck, general: (index: number) => void): SwitchPlace {
  return {
    isKnown: () => {
      code.i32(0);
      code.memory(op.i32Load, check.record + siteField.number);
      code.i32(check.number);
      code.opcode(operations["i32.eq"][0]);
    },
    number: () => code.i32(check.number),
    returnDistance: () => code.i32(check.returnDistance),
    homeAddress: () => {
      general(check.holder);
      code.i64(check.homeOffset);
      code.opcode(operations["i64.add"][0]);
    },
    homeWords: () => code.i32(check.homeWords),
    saved: check.saved,
  };
}
