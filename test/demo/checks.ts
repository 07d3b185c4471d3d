/** What the demonstration promises, and whether it happened. */
import { paint } from "./paint.js";

const results: { readonly what: string; readonly happened: boolean }[] = [];

/** Notes whether something that was promised happened. */
export function check(what: string, happened: boolean): void {
  const known = results.findIndex((result) => result.what === what);
  if (known < 0) results.push({ what, happened });
  else if (!happened) results[known] = { what, happened };
}

/** Prints what was checked; true when all of it happened. */
export function reportChecks(): boolean {
  for (const { what, happened } of results) {
    console.log(`  ${happened ? paint.good("✓") : paint.bad("✗")} ${happened ? what : paint.bad(what)}`);
  }
  return results.length > 0 && results.every(({ happened }) => happened);
}
