/**
 * Functions that have left the stack by a tail call: which they were, where the calls that the debug information tells of
 * leave no doubt. gdb shows the same ones.
 */
import { calledEntry, callSiteAt, callSitesOf, isEntryOf, isTailCall, returnAddressOf } from "./call-sites.js";
import * as dw from "./constants.js";
import type { Entry } from "./entry.js";
import type { DebugFunction } from "./function.js";

/** Finds the function with code that an entry stands for; undefined where there is none, or several copies. */
export type FindFunction = (entry: Entry) => DebugFunction | undefined;

/** Longer ways are not followed: nobody could tell them apart. */
const mostFunctions = 200;

/**
 * Between a caller, whose call returns to `returnAddress`, and the function on the stack above it: the tail calls by which
 * the one that was called left for the next, and so on; the last one first, each by the address behind its jump. Empty
 * where the call led to the function itself, and where it is not certain how it came to be there.
 */
export function tailCallsBetween(
  caller: DebugFunction,
  returnAddress: number,
  callee: DebugFunction,
  find: FindFunction,
): number[] {
  const site = callSiteAt(caller.scope, returnAddress);
  const called = site && calledEntry(site);
  if (called === undefined || isEntryOf(called, callee)) return [];
  const first = find(called);
  if (first === undefined) return [];
  const ways: (readonly number[])[] = [];
  let looks = 0;
  const follow = (from: DebugFunction, way: readonly number[], passed: readonly DebugFunction[]): boolean => {
    if (!tellsTailCalls(from.entry) || ++looks > mostFunctions) return false;
    for (const jump of callSitesOf(from.scope)) {
      if (!isTailCall(jump)) continue;
      const [target, behind] = [calledEntry(jump), returnAddressOf(jump)];
      // Whoever is called by a computed address may be anybody.
      if (target === undefined || behind === undefined) return false;
      if (isEntryOf(target, callee)) {
        ways.push([behind, ...way]);
        continue;
      }
      const next = find(target);
      // What has no debug information may call anybody, too.
      if (next === undefined) return false;
      if (!passed.includes(next) && !follow(next, [behind, ...way], [...passed, next])) return false;
    }
    return true;
  };
  const isComplete = follow(first, [], [first]);
  const [only, other] = ways;
  return isComplete && only !== undefined && other === undefined ? [...only] : [];
}

/** The compiler promises that it has described each tail call of the function. */
function tellsTailCalls(entry: Entry): boolean {
  return [
    dw.DW_AT_call_all_calls,
    dw.DW_AT_call_all_source_calls,
    dw.DW_AT_call_all_tail_calls,
    dw.DW_AT_GNU_all_call_sites,
    dw.DW_AT_GNU_all_source_call_sites,
    dw.DW_AT_GNU_all_tail_call_sites,
  ].some((attribute) => entry.flag(attribute));
}
