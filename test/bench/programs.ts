/** The guest programs: small, static, without a C library, built beforehand (`build-programs.ts`). */
import { join } from "node:path";

/** Folder of the sources; the executables are in `prebuilt`, so that the benchmark needs no compiler. */
export const programsFolder = join(process.env.GREEN_THREADS_ROOT ?? ".", "test/bench/programs");

export interface Program {
  /** Of its source, without the ending, and of its executable. */
  readonly name: string;
  readonly title: string;
  readonly source: string;
  /** Its argument: qemu-x86_64 takes about 2 s for so much on the machines at hand, so that throughput is what is seen. */
  readonly size: number;
  /** Its argument in tests: the result for it is in `prebuilt/results.json`. */
  readonly small: number;
  /** The share of qemu-x86_64's throughput that it must reach here, if it has a bar of its own. */
  readonly bar?: number;
  /** Members of the guest library that it is linked with. */
  readonly library?: readonly string[];
}

export const programs: readonly Program[] = [
  { name: "hash", title: "integer hash loop", source: "hash.s", size: 360_000, small: 60, bar: 0.7 },
  { name: "sieve", title: "sieve", source: "sieve.c", size: 1_400, small: 2, bar: 0.7 },
  { name: "fibonacci", title: "recursive Fibonacci", source: "fibonacci.c", size: 440, small: 1, bar: 0.7 },
  { name: "scalar", title: "scalar floating point", source: "scalar.c", size: 1_200, small: 3, bar: 3 },
  { name: "packed", title: "packed floating point", source: "packed.c", size: 14_000, small: 20 },
  { name: "mix", title: "CoreMark-like mix", source: "mix.c", size: 24_000, small: 12, bar: 0.7 },
  {
    name: "yields",
    title: "green-thread yields",
    source: "yields.s",
    size: 24_000,
    small: 10,
    bar: 0.8,
    library: ["green_threads.s", "write.s", "exit.s"],
  },
];

/** The bar for the geometric mean over all programs. */
export const meanBar = 1;

export function executableOf(program: Program): string {
  return join(programsFolder, "prebuilt", program.name);
}
