/** Makes a case that differs smaller, as long as it still differs in the same way. */
import type { FuzzCase, Unit } from "./fuzz-case.js";
import { stateSize } from "./state.js";

const [generalSize, vectorPlace] = [128, 304];
const mostRounds = 12;

/** `survives` says of each candidate whether it still differs; it is asked about many at once. */
export function shrink(test: FuzzCase, survives: (candidates: readonly FuzzCase[]) => readonly boolean[]): FuzzCase {
  let best = test;
  for (let round = 0; round < mostRounds; round++) {
    const candidates = smaller(best);

    const kept = survives(candidates);
    const better = candidates.filter((_, i) => kept[i]);
    if (better.length === 0) return best;
    best = combine(best, better, survives) ?? better[0] ?? best;
  }
  return best;
}

function combine(
  best: FuzzCase,
  better: readonly FuzzCase[],
  survives: (candidates: readonly FuzzCase[]) => readonly boolean[],
): FuzzCase | undefined {
  // Changes of the state can be merged: bytes that any of them cleared.
  const ofState = better.filter(({ units }) => units === best.units);
  if (ofState.length < 2) return undefined;
  const state = best.state.copy();
  for (const each of ofState) {
    for (let i = 0; i < stateSize; i++) {
      if (each.state.bytes[i] !== best.state.bytes[i]) state.bytes[i] = each.state.bytes[i] ?? 0;
    }
  }
  const patches = best.patches.filter((patch) => ofState.every((each) => each.patches.includes(patch)));
  const merged = { units: best.units, state, patches };
  return survives([merged])[0] ? merged : undefined;
}

function smaller(test: FuzzCase): FuzzCase[] {
  const { units, state, patches } = test;
  const found: FuzzCase[] = [];
  if (units.length > 1) for (const i of units.keys()) found.push({ ...test, units: without(units, i) });
  for (const [i, unit] of units.entries()) {
    const shorter = withoutPrefix(unit);
    if (shorter) found.push({ ...test, units: units.with(i, shorter) });
  }
  for (const i of patches.keys()) found.push({ ...test, patches: patches.toSpliced(i, 1) });
  const clear = (from: number, size: number, word = 0n) => {
    const next = state.copy();
    next.bytes.fill(0, from, from + size);
    if (word !== 0n) next.view.setBigUint64(from, word, true);
    if (next.bytes.some((byte, i) => byte !== state.bytes[i])) found.push({ ...test, state: next });
  };
  for (let i = 0; i < generalSize; i += 8) clear(i, 8);
  clear(144, 8);
  clear(152, 8);
  clear(136, 8, 0x202n);
  for (let i = 0; i < 16; i++) clear(vectorPlace + 32 * i, 32);
  for (let i = 0; i < 8; i++) clear(176 + 16 * i, 16);
  const control = (name: "mxcsr" | "fcw" | "fsw" | "ftw", value: number) => {
    const next = state.copy();
    next.setControl(name, value);
    if (next.control(name) !== state.control(name)) found.push({ ...test, state: next });
  };
  control("mxcsr", 0x1f80);
  control("fcw", 0x37f);
  control("fsw", 0);
  control("ftw", 0);
  return found;
}

/** Jumps to what is behind the instruction come nearer; those to it go to its successor. */
function without(units: readonly Unit[], gone: number): Unit[] {
  return units.toSpliced(gone, 1).map((unit) => {
    const { relative } = unit;
    if (relative?.to.kind !== "unit" || relative.to.index <= gone) return unit;
    return { ...unit, relative: { ...relative, to: { kind: "unit", index: relative.to.index - 1 } } };
  });
}

const prefixes = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);

function withoutPrefix(unit: Unit): Unit | undefined {
  if (unit.bytes.length < 2 || !prefixes.has(unit.bytes[0] ?? 0)) return undefined;
  const { relative } = unit;
  return { bytes: unit.bytes.slice(1), ...(relative ? { relative: { ...relative, at: relative.at - 1 } } : {}) };
}
