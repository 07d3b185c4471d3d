/** Generates cases, runs them here and there, and reports what differs, shrunk, once for each kind of difference. */
import { type Difference, differences } from "./compare.js";
import { EmulatedRunner } from "./emulated.js";
import { assemble, type FuzzCase, type Outcome } from "./fuzz-case.js";
import { families, familyOf, hasFeature, ownCpuid } from "./generate/families.js";
import { type GeneratorOptions, generateCase } from "./generate/generate-case.js";
import { generateBytes } from "./generate/random-bytes.js";
import { inspect } from "./inspect.js";
import { NativeRunner } from "./native.js";
import { shrink } from "./shrink.js";
import { flagsLeftUndefined } from "./undefined-flags.js";

export type Mode = "interpreter" | "regions";

export interface FuzzOptions {
  readonly seed: number;
  /** Number of the first case. */
  readonly first: number;
  readonly cases: number;
  readonly modes: readonly Mode[];
  readonly only: string | undefined;
  readonly length: number | undefined;
  readonly undefinedFlags: boolean;
  /** Bytes at random instead of instructions. */
  readonly bytes: boolean;
  readonly log: (line: string) => void;
}

const casesPerBatch = 400;
/** Of each kind of difference, as many are shrunk and shown. */
const shownPerKind = 1;
const mostShown = 60;

export function runFuzz(options: FuzzOptions): { cases: number; different: number } {
  const native = new NativeRunner();
  try {
    return new Campaign(options, native).run();
  } finally {
    native.dispose();
  }
}

class Campaign {
  private readonly generator: GeneratorOptions;
  private readonly machines: ReadonlyMap<Mode, EmulatedRunner>;
  private readonly kinds = new Map<string, number>();
  /** Instructions by family; and those in cases that differ. */
  private readonly counts = new Map<string, { cases: number; different: number }>();

  constructor(
    private readonly options: FuzzOptions,
    private readonly native: NativeRunner,
  ) {
    const { only, length } = options;
    this.generator = { families: families([native.cpuid, ownCpuid()]), only, length };
    this.machines = new Map(options.modes.map((mode) => [mode, new EmulatedRunner(mode)]));
  }

  run(): { cases: number; different: number } {
    const { seed, first, cases, log, bytes } = this.options;
    const generate = bytes ? generateBytes : generateCase;
    let different = 0;
    for (let done = 0; done < cases; done += casesPerBatch) {
      const count = Math.min(casesPerBatch, cases - done);
      const batch = Array.from({ length: count }, (_, i) => generate(seed, first + done + i, this.generator));
      const outcomes = this.native.run(batch);
      for (const [i, test] of batch.entries()) {
        const outcome = outcomes[i];
        if (outcome === undefined) log(`case ${first + done + i} brought the native runner down: ${bytesOf(test)}`);
        else if (this.judge(test, outcome, first + done + i)) different++;
      }
    }
    for (const [family, { cases: all, different: bad }] of [...this.counts].sort()) {
      log(`${family}: ${all} instructions${bad > 0 ? `, ${bad} in cases that differ` : ""}`);
    }
    log(`${cases} cases, seed ${seed}: ${different} differ, ${this.kinds.size} kinds`);
    return { cases, different };
  }

  private judge(test: FuzzCase, expected: Outcome, index: number): boolean {
    const { undefinedFlags } = this.options;
    const familiesHere = test.units.map(({ bytes }) => {
      const facts = inspect(bytes);
      return facts?.mnemonic ? familyOf(facts.mnemonic, facts.features) : "invalid";
    });
    let differs = false;
    for (const [mode, machine] of this.machines) {
      const actual = machine.run(test);
      const found = differences(test, expected, actual, { undefinedFlags });
      if (found.length === 0 || (isNotOurs(test) && isRefused(test, actual))) continue;
      differs = true;
      this.report(test, mode, machine, found, index);
    }
    for (const family of familiesHere) {
      const count = this.counts.get(family) ?? { cases: 0, different: 0 };
      count.cases++;
      if (differs) count.different++;
      this.counts.set(family, count);
    }
    return differs;
  }

  private report(
    test: FuzzCase,
    mode: Mode,
    machine: EmulatedRunner,
    found: readonly Difference[],
    index: number,
  ): void {
    const { log, undefinedFlags } = this.options;
    if (this.kinds.size >= mostShown) return;
    const judge = (candidate: FuzzCase, outcome: Outcome | undefined) =>
      outcome === undefined || flagsLeftUndefined(candidate) === undefined || isNotOurs(candidate)
        ? []
        : differences(candidate, outcome, machine.run(candidate), { undefinedFlags });
    // What went wrong first must still go wrong, and nothing may become endless.
    const isSame = (candidate: readonly Difference[]) =>
      candidate[0]?.field.replace(/ .*/, "") === found[0]?.field.replace(/ .*/, "") &&
      candidate.some(({ expected, actual }) => expected === "endless" || actual === "endless") ===
        found.some(({ expected, actual }) => expected === "endless" || actual === "endless");
    const smallest = shrink(test, (candidates) => {
      const outcomes = this.native.run(candidates);
      return candidates.map((candidate, i) => {
        const left = judge(candidate, outcomes[i]);
        return left.length > 0 && isSame(left);
      });
    });
    const [outcome] = this.native.run([smallest]);
    const left = judge(smallest, outcome);
    const mnemonics = smallest.units.map(({ bytes }) => inspect(bytes)?.mnemonic ?? "bad").join(" ");
    const kind = `${mode} ${mnemonics} ${left.map(({ field }) => field.replace(/\d+$/, "").replace(/ .*/, ""))[0]}`;
    const seen = this.kinds.get(kind) ?? 0;
    this.kinds.set(kind, seen + 1);
    if (seen >= shownPerKind) return;
    log(`--- ${mode}, ${this.command(index, mode)}`);
    for (const line of describe(smallest)) log(`    ${line}`);
    for (const { field, expected, actual } of left.length > 0 ? left : found) {
      log(`  ${field}: processor ${expected}, ours ${actual}`);
    }
  }

  private command(index: number, mode: Mode): string {
    const { seed, only, length, undefinedFlags, bytes } = this.options;
    const more = `${only ? ` --only ${only}` : ""}${length ? ` --length ${length}` : ""}`;
    return `npm run fuzz:cpu -- --seed ${seed} --case ${index} --mode ${mode}${more}${undefinedFlags ? " --undefined-flags" : ""}${bytes ? " --bytes" : ""}`;
  }
}

const announced = ownCpuid();
const invalidOpcode = 6;

/** An instruction that the processor may have, and that ours does not announce. */
function isNotOurs({ units }: FuzzCase): boolean {
  return units.some(({ bytes }) => inspect(bytes)?.features.some((feature) => !hasFeature(announced, feature)));
}

/** It was no instruction. */
function isRefused(test: FuzzCase, { vector, state }: Outcome): boolean {
  return vector === invalidOpcode && state.word("rip") === test.state.word("rip");
}

const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function bytesOf(test: FuzzCase): string {
  return hex(assemble(test).bytes);
}

/** Instructions with bytes, and the registers and memory that are not zero. */
function describe(test: FuzzCase): string[] {
  const { bytes, starts } = assemble(test);
  const origin = Number(test.state.word("rip"));
  const lines = test.units.map((_, i) => {
    const code = bytes.subarray(starts[i], starts[i + 1]);
    const address = origin + (starts[i] ?? 0);
    return `${address.toString(16)}: ${hex(code).padEnd(24)} ${inspect(code, BigInt(address))?.text ?? ""}`;
  });
  const { state } = test;
  const words: string[] = [];
  const add = (name: string, value: bigint | number) => {
    if (BigInt(value) !== 0n) words.push(`${name}=${value.toString(16)}`);
  };
  const names = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"];
  for (let i = 0; i < 16; i++) add(names[i] ?? `r${i}`, state.general(i));
  for (const name of ["flags", "fs", "gs"] as const) add(name, state.word(name));
  for (const name of ["mxcsr", "fcw", "fsw", "ftw"] as const) add(name, state.control(name));
  for (let i = 0; i < 8; i++) add(`st${i}`, state.st(i));
  for (let i = 0; i < 16; i++) add(`ymm${i}`, state.ymm(i));
  for (const { address, bytes: content } of test.patches) words.push(`[${address.toString(16)}]=${hex(content)}`);
  return [...lines, words.join(" ")];
}
