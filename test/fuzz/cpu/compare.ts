/** What differs between two outcomes of one case. */
import { generalRegisterNames } from "../../../runtime/engine/machine.js";
import { isNear } from "../../conformance/oracle-case.js";
import { assemble, type FuzzCase, type Outcome } from "./fuzz-case.js";
import { approximateFamilies, familyOf } from "./generate/families.js";
import { inspect } from "./inspect.js";
import type { CpuState } from "./state.js";
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
  if (isTooLong(expected, actual) || isDisputed(test, actual)) return found;
  const add = (field: string, one: bigint | number | string, other: bigint | number | string) => {
    if (one !== other) found.push({ field, expected: text(one), actual: text(other) });
  };
  add("vector", expected.vector, actual.vector);
  // Where it was interrupted is a matter of time.
  if (expected.vector === "endless" && actual.vector === "endless") return [];
  if (expected.vector === actual.vector && expected.pageFault && actual.pageFault) {
    if (!isOfImage(test, expected)) add("fault address", expected.pageFault.address, actual.pageFault.address);
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
    family === "transcendental" ? inexact : (one.control("fsw") & exceptionPending) !== 0 ? conditionCodes : 0;
  add("fsw", one.control("fsw") & ~ignoredStatus, other.control("fsw") & ~ignoredStatus);
  for (let i = 0; i < 8; i++) {
    if (family !== "transcendental" || !areNeighbours(one.st(i), other.st(i))) add(`st${i}`, one.st(i), other.st(i));
  }
  for (let i = 0; i < 16; i++) {
    if (family !== "estimate" || !isNear(other.ymm(i), one.ymm(i))) add(`ymm${i}`, one.ymm(i), other.ymm(i));
  }
  for (const address of new Set([...expected.changes.keys(), ...actual.changes.keys()])) {
    const [before, after] = [expected.changes.get(address), actual.changes.get(address)];
    if (isMisalignedMode(before, after)) continue;
    add(`memory ${address.toString(16)}`, before ?? "as before", after ?? "as before");
  }
  return found;
}

/** Of the x87 status word: C1 and PE; C0, C2 and C3; an exception that is not masked. */
const [inexact, conditionCodes, exceptionPending] = [0x220, 0x4500, 0x80];

/** The processor is given more time than we are. */
const isTooLong = (expected: Outcome, actual: Outcome) => actual.vector === "endless" && expected.vector !== "endless";

/** Intel's processors want the operands of SHA instructions aligned, as we do; AMD's do not. */
function isDisputed(test: FuzzCase, { vector, state }: Outcome): boolean {
  return vector === 13 && mnemonicAt(test, state)?.startsWith("sha") === true;
}

/** FXSAVE says which bits of MXCSR exist: AMD's processors have one for misaligned operands. */
const isMisalignedMode = (before: bigint | undefined, after: bigint | undefined) =>
  before !== undefined && after !== undefined && (before ^ after) === 1n << 49n;

/** The instruction that the state stands at. */
function mnemonicAt(test: FuzzCase, state: CpuState): string | undefined {
  const { bytes, starts } = assemble(test);
  const at = starts.indexOf(Number(state.word("rip") - test.state.word("rip")));
  return at < 0 ? undefined : inspect(bytes.subarray(starts[at]))?.mnemonic;
}

/** The instruction moves a large image, and where it begins with that is the processor's secret. */
function isOfImage(test: FuzzCase, { state }: Outcome): boolean {
  const mnemonic = mnemonicAt(test, state);
  return mnemonic !== undefined && /^(f(n?save|rstor|ldenv|n?stenv)|fx(save|rstor)(64)?)$/.test(mnemonic);
}

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
