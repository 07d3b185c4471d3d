/** Where functions were inlined: by the function, and by the line of the call. */
import type { BreakpointPlace } from "../../base/code-places.js";
import { type CodeScope, inlinedDepth } from "./code-scope.js";
import * as dw from "./constants.js";
import { Entry } from "./entry.js";
import { rangesOf } from "./ranges.js";
import type { Unit } from "./unit.js";

/** A call in the source whose place was taken by the function's code; line and column count from 1. */
export interface CallLine {
  /** Offset of the instance's entry. */
  readonly instance: number;
  /** Number of the file in the unit's line table. */
  readonly file: number;
  readonly line: number;
  /** 0 when the compiler tells none. */
  readonly column: number;
}

const linesOfUnits = new WeakMap<Unit, readonly CallLine[]>();

/** The calls of a unit that were inlined and have code. */
export function inlinedCallLines(unit: Unit): readonly CallLine[] {
  let lines = linesOfUnits.get(unit);
  if (lines === undefined) {
    lines = unit.contents.inlined.flatMap((offset): CallLine[] => {
      const entry = Entry.at(unit, offset);
      const [file, line] = [entry.number(dw.DW_AT_call_file), entry.number(dw.DW_AT_call_line)];
      if (file === undefined || line === undefined || line === 0 || rangesOf(entry).length === 0) return [];
      return [{ instance: offset, file, line, column: entry.number(dw.DW_AT_call_column) ?? 0 }];
    });
    linesOfUnits.set(unit, lines);
  }
  return lines;
}

/**
 * Where an inlined instance begins, in that many inlined functions, itself included. Its first instruction may be before
 * `DW_AT_entry_pc`, when the compiler has mixed it with others; gdb takes it, too.
 */
export function placeOfInstance(unit: Unit, offset: number): BreakpointPlace | undefined {
  const address = rangesOf(Entry.at(unit, offset))[0]?.start;
  const home = address === undefined ? undefined : unit.functionAt(address);
  const scope = home && scopeOf(home.scope, offset);
  return scope === undefined || address === undefined ? undefined : { address, inlinedDepth: inlinedDepth(scope) };
}

/** Where the functions that `isMeant` says yes to were inlined within a unit: the first instruction of each copy. */
export function inlinedPlacesOf(unit: Unit, isMeant: (entry: Entry) => boolean): BreakpointPlace[] {
  // Hundreds of copies come from one function.
  const answers = new Map<string, boolean>();
  return unit.contents.inlined.flatMap((offset) => {
    const origin = Entry.at(unit, offset).reference(dw.DW_AT_abstract_origin);
    if (origin === undefined) return [];
    const key = `${origin.unit.offset}/${origin.offset}`;
    let answer = answers.get(key);
    if (answer === undefined) {
      answer = isMeant(origin);
      answers.set(key, answer);
    }
    return (answer && placeOfInstance(unit, offset)) || [];
  });
}

function scopeOf(root: CodeScope, offset: number): CodeScope | undefined {
  if (root.entry.offset === offset) return root;
  for (const child of root.children) {
    const found = scopeOf(child, offset);
    if (found) return found;
  }
  return undefined;
}
