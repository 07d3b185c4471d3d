/** What differs between two outcomes of one case. */
import { generalRegisterNames } from "../../../runtime/engine/machine.js";
import { isNear } from "../../conformance/oracle-case.js";
import { assemble, type FuzzCase, type Outcome } from "./fuzz-case.js";
import { approximateFamilies, familyOf } from "./generate/families.js";
import { inspect } from "./inspect.js";
import { flagsLeftUndefined } from "./undefined-flags.js";

export interface Difference {
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
}

/** The resume flag, which is set in what the processor reports of a fault. */
const resumeFlag = 0x10000n;

export interface CompareOptions {
  /** Compares flags that the manual leaves undefined, too. */
  readonly undefinedFlags: boolean;
}

/** The processor's outcome against another one; empty when they agree. */
export function differences(
  test: FuzzCase,
  expected: Outcome,
  actual: Outcome,
  options: CompareOptions = { undefinedFlags: false },
): readonly Difference[] {
  const found: Difference[] = [];
  const add = (field: string, one: bigint | number | string, other: bigint | number | string) => {
    if (one !== other) found.push({ field, expected: text(one), actual: text(other) });
  };
  add("vector", expected.vector, actual.vector);
  // Where it was interrupted is a matter of time.
  if (expected.vector === "endless" && actual.vector === "endless") return [];
  if (expected.vector === actual.vector && expected.pageFault && actual.pageFault) {
    add("fault address", expected.pageFault.address, actual.pageFault.address);
    add("access", expected.pageFault.access, actual.pageFault.access);
  }
  const [one, other] = [expected.state, actual.state];
  for (const [i, name] of generalRegisterNames.entries()) add(name, one.general(i), other.general(i));
  for (const name of ["rip", "fs", "gs"] as const) add(name, one.word(name), other.word(name));
  const ignored = resumeFlag | BigInt(options.undefinedFlags ? 0 : undefinedAt(test, one.word("rip")));
  add("flags", one.word("flags") & ~ignored, other.word("flags") & ~ignored);
  for (const name of ["mxcsr", "fcw", "ftw"] as const) add(name, one.control(name), other.control(name));
  const family = approximateFamilyOf(test);
  const ignoredStatus =
    family === "transcendental" ? roundedUp : (one.control("fsw") & exceptionPending) !== 0 ? conditionCodes : 0;
  add("fsw", one.control("fsw") & ~ignoredStatus, other.control("fsw") & ~ignoredStatus);
  for (let i = 0; i < 8; i++) {
    if (family !== "transcendental" || !areNeighbours(one.st(i), other.st(i))) add(`st${i}`, one.st(i), other.st(i));
  }
  for (let i = 0; i < 16; i++) {
    if (family !== "estimate" || !isNear(other.ymm(i), one.ymm(i))) add(`ymm${i}`, one.ymm(i), other.ymm(i));
  }
  for (const address of new Set([...expected.changes.keys(), ...actual.changes.keys()])) {
    const [before, after] = [expected.changes.get(address), actual.changes.get(address)];
    add(`memory ${address.toString(16)}`, before ?? "as before", after ?? "as before");
  }
  return found;
}

/** Of the x87 status word: C1; C0, C2 and C3; an exception that is not masked. */
const [roundedUp, conditionCodes, exceptionPending] = [0x200, 0x4500, 0x80];

function approximateFamilyOf({ units }: FuzzCase): string | undefined {
  for (const { bytes } of units) {
    const facts = inspect(bytes);
    const family = facts?.mnemonic && familyOf(facts.mnemonic, facts.features);
    if (family && approximateFamilies.has(family)) return family;
  }
  return undefined;
}

/** 80-bit numbers that differ in the last place only. */
const areNeighbours = (one: bigint, other: bigint) => one - other <= 1n && other - one <= 1n;

const text = (value: bigint | number | string) => (typeof value === "string" ? value : value.toString(16));

/** The undefined flags where the case stopped: at one of its instructions, behind INT3, or who knows where. */
function undefinedAt(test: FuzzCase, rip: bigint): number {
  const masks = flagsLeftUndefined(test) ?? [];
  const { starts } = assemble(test);
  const offset = Number(rip - test.state.word("rip"));
  const at = offset === (starts.at(-1) ?? 0) + 1 ? starts.length - 1 : starts.indexOf(offset);
  return masks[at] ?? masks.reduce((all, mask) => all | mask, 0);
}
