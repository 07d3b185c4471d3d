/** Calls as the debug information tells of them (DWARF 5, section 3.4; GNU's forerunner of it in version 4). */
import type { CodeScope } from "./code-scope.js";
import * as dw from "./constants.js";
import type { Entry } from "./entry.js";
import type { DebugFunction } from "./function.js";
import { linkageNameOf, originsOf, plainName } from "./names.js";

/** The calls made from a function, those from what was inlined into it included. */
export function* callSitesOf(scope: CodeScope): Generator<Entry> {
  yield* scope.callSites;
  for (const child of scope.children) yield* callSitesOf(child);
}

/** Where a call returns to; of a tail call, where the code behind its jump begins. */
export function returnAddressOf(site: Entry): number | undefined {
  // GNU's forerunner of DWARF 5 has the return address as the site's own.
  return site.address(dw.DW_AT_call_return_pc) ?? site.address(dw.DW_AT_low_pc);
}

/** The call that returns to the address. */
export function callSiteAt(scope: CodeScope, returnAddress: number): Entry | undefined {
  for (const site of callSitesOf(scope)) if (returnAddressOf(site) === returnAddress) return site;
  return undefined;
}

export function isTailCall(site: Entry): boolean {
  return site.flag(dw.DW_AT_call_tail_call) || site.flag(dw.DW_AT_GNU_tail_call);
}

/** The entry of the function that is called; undefined where its address is computed. */
export function calledEntry(site: Entry): Entry | undefined {
  return site.reference(dw.DW_AT_call_origin) ?? site.reference(dw.DW_AT_abstract_origin);
}

/** Whether `called` stands for the function `home`. */
export function isEntryOf(called: Entry, home: DebugFunction): boolean {
  const keys = new Set([...originsOf(home.entry)].map(keyOf));
  if ([...originsOf(called)].some((origin) => keys.has(keyOf(origin)))) return true;
  // A function of another unit is only declared here.
  const name = linkageNameOf(called) ?? plainName(called);
  return name !== undefined && name === (linkageNameOf(home.entry) ?? plainName(home.entry));
}

function keyOf({ unit, offset }: Entry): string {
  return `${unit.sectionName}:${offset}`;
}
