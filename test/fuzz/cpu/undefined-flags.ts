/** Which flags the manual leaves undefined, before each instruction of a case: they are not compared there. */
import { assemble, type FuzzCase } from "./fuzz-case.js";
import { inspect } from "./inspect.js";

/**
 * For each instruction and the end of the case, the flags that may be undefined when control is there. Undefined when
 * some instruction reads such a flag: then everything behind it may differ from processor to processor.
 */
export function flagsLeftUndefined(test: FuzzCase): readonly number[] | undefined {
  const { units } = test;
  const { bytes, starts } = assemble(test);
  const inspected = units.map((_, i) => inspect(bytes.subarray(starts[i], starts[i + 1])));
  const before = Array<number>(units.length + 1).fill(0);
  for (let again = true; again; ) {
    again = false;
    for (const [i, unit] of units.entries()) {
      const facts = inspected[i];
      if (!facts) continue;
      const here = before[i] ?? 0;
      if ((facts.flagsRead & here) !== 0) return undefined;
      const kept = facts.keepsFlagsSometimes ? here : here & ~facts.flagsModified;
      const after = kept | facts.flagsUndefined;
      const next = unit.relative?.to.kind === "unit" ? [i + 1, unit.relative.to.index] : [i + 1];
      for (const to of next) {
        const merged = (before[to] ?? 0) | after;
        if (merged === before[to]) continue;
        before[to] = merged;
        again ||= to <= i;
      }
    }
  }
  return before;
}
