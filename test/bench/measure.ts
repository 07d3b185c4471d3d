/** Measures one program: every contestant in turn, again and again, so that a disturbance meets all of them. */
import { type Contestant, here, type Memory, peakMemory, peers } from "./contestants.js";
import { executableOf, type Program } from "./programs.js";
import type { Profile } from "./run-here.js";

/** Of several values: the middle one, the smallest and the largest. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export interface Measured {
  readonly name: string;
  readonly title: string;
  readonly bar?: number;
  /** Guest instructions of the work, without those of a run with nothing to do. */
  readonly instructions: number;
  /** Seconds, without those of a run with nothing to do. */
  readonly here: Spread;
  readonly qemu?: Spread;
  readonly native?: Spread;
  /** Throughput here to that of qemu-x86_64, run by run. */
  readonly ratio?: Spread;
  /** The same with a quarter of the work: what the first moments cost, in which code is compiled. */
  readonly brief?: Spread;
  /** The same as `ratio` with the debugger around the program. */
  readonly debugger?: { readonly time: Spread; readonly ratio?: Spread };
  readonly memory: Memory;
  /** What the engine did, and how fast its interpreter is alone, in instructions a second. */
  readonly profile: Profile | undefined;
  readonly interpreted: number;
}

/** With the debugger, or interpreted, a program gets so much less to do; its time counts so many times. */
const slowShare = 10;
const briefShare = 4;

export async function measure(program: Program, size: number, runs: number): Promise<Measured> {
  const executable = executableOf(program);
  const others = peers(executable);
  const own = here("run");
  const debugging = program.library ? here("debugger") : undefined;
  const contestants: Contestant[] = [own, debugging, others.qemu, others.native].filter((each) => each !== undefined);

  const times = new Map<Contestant, number[]>(contestants.map((contestant) => [contestant, []]));
  const briefTimes = new Map<Contestant, number[]>();
  const outputs = new Set<string>();
  for (let run = 0; run < runs; run++) {
    for (const contestant of contestants) {
      const share = contestant === debugging ? slowShare : 1;
      const idle = contestant.run(executable, 0);
      const busy = contestant.run(executable, size / share);
      if (share === 1) outputs.add(busy.output);
      times.get(contestant)?.push((busy.seconds - idle.seconds) * share);
      if (contestant !== own && contestant !== others.qemu) continue;
      const brief = contestant.run(executable, size / briefShare).seconds - idle.seconds;
      briefTimes.set(contestant, [...(briefTimes.get(contestant) ?? []), brief]);
    }
  }
  if (outputs.size !== 1) throw new Error(`${program.name} computed different results: ${[...outputs].join(" ")}`);

  const timesOf = (contestant: Contestant | undefined) => contestant && times.get(contestant);
  const ratioTo = (mine: readonly number[], theirs: readonly number[] | undefined) =>
    theirs && spread(theirs.map((time, run) => time / (mine[run] ?? time)));
  const [mine, debugged, qemu, native] = [own, debugging, others.qemu, others.native].map(timesOf);
  const briefQemu = others.qemu && briefTimes.get(others.qemu);
  const profiled = here("profile").run(executable, size);
  const interpreted = here("interpreter").run(executable, size / slowShare);
  return {
    name: program.name,
    title: program.title,
    ...(program.bar !== undefined && { bar: program.bar }),
    instructions: profiled.instructions - own.run(executable, 0).instructions,
    here: spread(mine ?? []),
    ...(qemu && { qemu: spread(qemu), ratio: ratioTo(mine ?? [], qemu) }),
    ...(briefQemu && { brief: ratioTo(briefTimes.get(own) ?? [], briefQemu) }),
    ...(native && { native: spread(native) }),
    ...(debugged && { debugger: { time: spread(debugged), ratio: ratioTo(debugged, qemu) } }),
    memory: await peakMemory(executable, size, others.qemu !== undefined),
    profile: profiled.profile,
    interpreted: interpreted.instructions / interpreted.seconds,
  };
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [below = 0, above = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return { median: (below + above) / 2, low: sorted[0] ?? 0, high: sorted.at(-1) ?? 0 };
}

/** The value that this part of all (0 to 1) stays below. */
export function quantile(values: readonly number[], part: number): number {
  return [...values].sort((one, two) => one - two)[Math.floor(values.length * part)] ?? 0;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
