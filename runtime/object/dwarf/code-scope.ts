/** What is inside of a function: blocks, inlined functions, and the variables declared in each. */
import { MalformedData } from "../byte-cursor.js";
import type { AddressRange } from "../object-file.js";
import * as dw from "./constants.js";
import { Entry } from "./entry.js";
import { rangesOf } from "./ranges.js";

/** A function, an inlined instance of one, or a block between braces. */
export interface CodeScope {
  readonly kind: "function" | "inlined" | "block";
  readonly entry: Entry;
  /** Empty when the debug information does not tell: then it is as wide as what is around it. */
  readonly ranges: readonly AddressRange[];
  readonly parent: CodeScope | undefined;
  readonly children: readonly CodeScope[];
  /** Entries of the parameters and variables declared directly in it, in the order of the file. */
  readonly variables: readonly Entry[];
  /** Entries of the calls made directly from it (`DW_TAG_call_site`). */
  readonly callSites: readonly Entry[];
}

/** Deeper nesting is damage. */
const deepestNesting = 512;

/** Reads all scopes of a function. What is damaged is left out. */
export function readFunctionScope(entry: Entry, ranges: readonly AddressRange[]): CodeScope {
  const scope = draft("function", entry, ranges, undefined);
  try {
    if (entry.abbreviation.hasChildren) readChildren(scope, entry.end, 0);
  } catch (error) {
    if (!(error instanceof MalformedData)) throw error;
    entry.unit.file.note("the blocks of a function are damaged: variables are missing");
  }
  return scope;
}

/** Whether code at `address` belongs to the scope. */
export function covers(scope: CodeScope, address: number): boolean {
  return scope.ranges.some(({ start, end }) => address >= start && address < end);
}

/** Whether the instruction at `address` is a first one of the scope, as gdb takes it. */
export function beginsAt(scope: CodeScope, address: number): boolean {
  return covers(scope, address) && (!covers(scope, address - 1) || address === scope.ranges[0]?.start);
}

/** How many inlined functions `scope` is in, itself included. */
export function inlinedDepth(scope: CodeScope): number {
  let depth = 0;
  for (let at: CodeScope | undefined = scope; at; at = at.parent) if (at.kind === "inlined") depth++;
  return depth;
}

/** The scopes that `address` lies in, the function first. */
export function scopesAt(root: CodeScope, address: number): CodeScope[] {
  const path = [root];
  for (let scope: CodeScope | undefined = root; scope; ) {
    scope = scope.children.find((child) => covers(child, address));
    if (scope) path.push(scope);
  }
  return path;
}

interface Draft extends CodeScope {
  readonly children: CodeScope[];
  readonly variables: Entry[];
  readonly callSites: Entry[];
}

function draft(
  kind: CodeScope["kind"],
  entry: Entry,
  ranges: readonly AddressRange[],
  parent: CodeScope | undefined,
): Draft {
  return { kind, entry, ranges, parent, children: [], variables: [], callSites: [] };
}

/** Reads the siblings at `at` into `scope`; returns the place behind them. */
function readChildren(scope: Draft, at: number, depth: number): number {
  if (depth > deepestNesting) throw new MalformedData("blocks are nested too deeply");
  const { unit } = scope.entry;
  for (let next = at; next < unit.end; ) {
    const child = Entry.ifAt(unit, next);
    if (!child) return next + 1;
    next = readChild(scope, child, depth);
  }
  return unit.end;
}

function readChild(scope: Draft, child: Entry, depth: number): number {
  const { hasChildren } = child.abbreviation;
  switch (child.tag) {
    case dw.DW_TAG_formal_parameter:
    case dw.DW_TAG_variable:
      scope.variables.push(child);
      return child.endOfSubtree;
    case dw.DW_TAG_call_site:
    case dw.DW_TAG_GNU_call_site:
      scope.callSites.push(child);
      return child.endOfSubtree;
    case dw.DW_TAG_lexical_block:
    case dw.DW_TAG_try_block:
    case dw.DW_TAG_catch_block:
    case dw.DW_TAG_inlined_subroutine: {
      const ranges = rangesOf(child);
      const isInlined = child.tag === dw.DW_TAG_inlined_subroutine;
      // A block that tells no addresses at all has its contents in what is around it; one without code has nothing.
      const tellsAddresses = child.has(dw.DW_AT_low_pc) || child.has(dw.DW_AT_ranges);
      const inner = isInlined || tellsAddresses ? draft(isInlined ? "inlined" : "block", child, ranges, scope) : scope;
      if (inner !== scope && ranges.length > 0) scope.children.push(inner);
      return hasChildren ? readChildren(inner, child.end, depth + 1) : child.end;
    }
    default:
      return child.endOfSubtree;
  }
}
