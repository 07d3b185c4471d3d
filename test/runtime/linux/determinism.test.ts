/** Whatever a program can observe follows from the program, its input and the count: in every mode, in slices of any length. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readExecutable } from "../../../runtime/debuggee.js";
import { createMachine, type EngineMachine, type MachineOptions } from "../../../runtime/engine/create-machine.js";
import { LinuxProcess } from "../../../runtime/linux/linux-process.js";
import { Random } from "../engine/random-program.js";
import { canBuild, given, programsFolder, withExecutable } from "./static-programs.js";

type Mode = NonNullable<MachineOptions["mode"]>;

/** A process that runs in slices of at most so many instructions. */
class Run {
  readonly machine: EngineMachine;
  private readonly process: LinuxProcess;
  private output = "";
  ended: string | undefined;

  constructor(
    executable: Uint8Array,
    mode: Mode,
    private readonly slice: number,
  ) {
    const image = readExecutable(executable);
    if (!image.ok) throw new Error(image.error);
    this.machine = createMachine({ mode });
    const process = LinuxProcess.start(this.machine, image.value, {
      arguments: ["./program", ...given.arguments],
      environment: given.environment,
      standardInput: new TextEncoder().encode(given.input),
      output: (stream, bytes) => {
        this.output += `${stream}: ${[...bytes].join(",")}\n`;
      },
      note: () => {},
      describeAddress: String,
    });
    if (!process.ok) throw new Error(process.error);
    this.process = process.value;
  }

  /** Executes until the count is reached, or the program ends. */
  runTo(count: number): void {
    const { machine, process } = this;
    while (this.ended === undefined && machine.instructionCount < count) {
      const untilTimer = process.instructionsUntilTimer;
      if (untilTimer <= 0) {
        this.note(process.timersDue());
        continue;
      }
      const stop = machine.run(Math.min(this.slice, count - machine.instructionCount, untilTimer));
      if (stop.kind === "systemCall") this.note(process.systemCall());
      else if (stop.kind === "fault" && !process.deliverFault(stop.fault)) this.ended = `fault ${stop.fault.kind}`;
    }
  }

  /** Registers, every mapped byte with its permissions, and what was written. */
  state(): unknown {
    const { machine } = this;
    const memory = machine.memory.mappings().map(({ start, end, permissions }) => {
      const bytes = machine.memory.read(start, Number(end - start));
      let hash = 0;
      for (const word of new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)) {
        hash = (Math.imul(hash, 0x01000193) ^ word) | 0;
      }
      return { start, end, permissions, hash };
    });
    const { output, ended } = this;
    return { count: machine.instructionCount, registers: machine.registers.snapshot(), memory, output, ended };
  }

  private note(outcome: ReturnType<LinuxProcess["timersDue"]>): void {
    if (outcome?.kind === "exited") this.ended = `status ${outcome.status}`;
  }
}

/** Runs the program in every mode; the states at `stops` random counts and at the end must be the same. */
function compareModes(executable: Uint8Array, stops: number): void {
  const whole = new Run(executable, "tiered", 1_000_000);
  whole.runTo(Number.POSITIVE_INFINITY);
  expect(whole.ended).toMatch(/^status /);
  const random = new Random(7);
  const total = whole.machine.instructionCount;
  const counts = Array.from({ length: stops }, () => 1 + random.below(total)).sort((a, b) => a - b);
  const runs = [
    new Run(executable, "interpreter", 1_000_000),
    new Run(executable, "tiered", 7919),
    new Run(executable, "regions", 100_003),
  ];
  for (const count of [...counts, Number.POSITIVE_INFINITY]) {
    const [expected, ...others] = runs.map((run) => {
      run.runTo(count);
      return run.state();
    });
    for (const other of others) expect(other).toEqual(expected);
  }
  expect(runs.map((run) => run.state())).toEqual(runs.map(() => whole.state()));
}

describe("the same state at the same count", () => {
  it.each(["text", "signals"])(
    "of %s.c, prebuilt, in every mode",
    (name) => {
      compareModes(new Uint8Array(gunzipSync(readFileSync(join(programsFolder, "prebuilt", `${name}.gz`)))), 16);
    },
    60_000,
  );

  const build = "glibc -O2";
  it.runIf(canBuild(build)).each(["threads.c", "channels.c", "float.c"])(
    "of %s, in every mode",
    async (source) => {
      await withExecutable(source, build, (path) => compareModes(readFileSync(path), 10));
    },
    60_000,
  );
});
