/**
 * The engine put through a little of everything: by the same code in Node and in a browser's worker. What it finds is
 * plain JSON and must be the same in both.
 */

import { guestAddress } from "../../runtime/base/guest-address.js";
import { type Debuggee, type DebuggeeStop, loadDebuggee, readExecutable } from "../../runtime/debuggee.js";
import { createMachine } from "../../runtime/engine/create-machine.js";
import { buildProgram } from "../../runtime/execution/build-program.js";
import counters from "../../samples/counters/counters.s";
import { type OracleCase, oracleMachine, runCase } from "../conformance/oracle-case.js";
import { Random, randomProgram } from "../runtime/engine/random-program.js";
import { type Given, type Mode, ProcessRun } from "../runtime/linux/process-run.js";

export interface Materials {
  readonly cases: readonly OracleCase[];
  /** Static executables, in base64, and what a processor made of them when given `given`. */
  readonly programs: readonly Program[];
  readonly given: Given;
  /** Programs of the benchmark, with their argument. */
  readonly kernels: readonly Program[];
  /** One of them, for a rate. */
  readonly paced: Program;
}

export interface Program {
  readonly name: string;
  readonly executable: string;
  readonly arguments: readonly string[];
}

export interface Found {
  readonly conformance: Readonly<Record<string, { readonly passed: number; readonly wrong: readonly string[] }>>;
  /** Comparisons of regions with the interpreter, and what differed. */
  readonly lockstep: { readonly compared: number; readonly differences: readonly string[]; readonly last: number };
  readonly programs: Readonly<Record<string, Outcome>>;
  readonly kernels: Readonly<Record<string, Outcome>>;
  /** Hashes of the whole state at counts, by program and mode. */
  readonly states: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  /** What a debugger sees of a program with green threads. */
  readonly session: readonly string[];
}

export interface Outcome {
  readonly output: string;
  readonly errorOutput: string;
  readonly status: number | undefined;
  readonly instructions: number;
}

export async function smoke(materials: Materials): Promise<Found> {
  const { cases, given } = materials;
  // Between the parts others have their turn: whoever waits for this in the same process is not to think it dead.
  const turn = () => new Promise((resolve) => setTimeout(resolve));
  const interpreter = conformance(cases, "interpreter");
  await turn();
  const regions = conformance(cases, "regions");
  await turn();
  const compared = lockstep();
  await turn();
  const programs = await outcomes(materials.programs, given);
  const kernels = await outcomes(materials.kernels, { ...given, input: "" });
  await turn();
  return {
    conformance: { interpreter, regions },
    lockstep: compared,
    programs,
    kernels,
    states: states(materials),
    session: await session(),
  };
}

/** Millions of instructions in a second: of the whole run, compiling included. */
export async function rate(program: Program): Promise<number> {
  const started = performance.now();
  const { instructions } = await run(program, { arguments: [], environment: {}, input: "" });
  return instructions / (performance.now() - started) / 1000;
}

function conformance(cases: readonly OracleCase[], mode: Mode) {
  const machine = oracleMachine({ mode });
  const wrong = cases.flatMap((test) =>
    runCase(machine, test).map((difference) => `#${test.id} ${test.asm.join("; ")}: ${difference}`),
  );
  return { passed: cases.length - new Set(wrong.map((line) => line.split(" ")[0])).size, wrong };
}

/** Random programs, in steps of random lengths. */
function lockstep(): Found["lockstep"] {
  const random = new Random(8);
  const differences: string[] = [];
  let compared = 0;
  let last = 0;
  const stackTop = 0x7ff000;
  for (let seed = 500; seed < 505; seed++) {
    const image = randomProgram(seed);
    const machines = (["interpreter", "regions", "tiered"] as const).map((mode) => {
      const machine = createMachine({ mode });
      for (const { address, bytes, size, permissions } of image.segments) {
        machine.memory.map(address, size, permissions);
        machine.memory.write(address, bytes);
      }
      machine.memory.map(guestAddress(stackTop - 0x4000), 0x4000, { read: true, write: true, execute: false });
      machine.registers.rip = image.entry;
      machine.registers.setGeneral("rsp", BigInt(stackTop - 64));
      return machine;
    });
    for (let round = 0; round < 80; round++) {
      const steps = 1 + random.below(2000);
      const [expected, ...others] = machines.map((machine) => {
        const stop = machine.run(steps);
        const { instructionCount: count, registers, memory } = machine;
        return {
          stop,
          hash: hashOf({
            stop,
            count,
            registers: registers.snapshot(),
            data: [...memory.read(guestAddress(stackTop - 4096), 4096)],
          }),
        };
      });
      compared++;
      last = expected?.hash ?? 0;
      if (others.some(({ hash }) => hash !== expected?.hash)) differences.push(`seed ${seed}, round ${round}`);
      if (expected?.stop.kind !== "limit") break;
    }
  }
  return { compared, differences, last };
}

async function outcomes(programs: readonly Program[], given: Given): Promise<Record<string, Outcome>> {
  const all: Record<string, Outcome> = {};
  for (const program of programs) all[program.name] = await run(program, given);
  return all;
}

async function run(program: Program, given: Given): Promise<Outcome> {
  const image = readExecutable(bytesOf(program));
  if (!image.ok) throw new Error(image.error);
  const { debuggee, written } = load(image.value, { ...given, arguments: program.arguments });
  const stop = await debuggee.run({ kind: "continue" });
  if (stop.kind === "fault") throw new Error(stop.explanation.description);
  const status = stop.kind === "exited" ? stop.status : undefined;
  return { output: written.stdout, errorOutput: written.stderr, status, instructions: debuggee.instructionCount };
}

/** What is long, or is compiled to many regions, is left out: each mode takes a machine of its own. */
function states({ programs, kernels, given }: Materials): Found["states"] {
  const short = kernels.filter(({ name }) => ["scalar", "yields"].includes(name));
  return Object.fromEntries([
    ...programs.slice(0, 1).map((program) => [program.name, statesOf(program, given, ["interpreter", "tiered"])]),
    ...short.map((program) => [program.name, statesOf(program, given, ["interpreter", "tiered", "regions"])]),
  ]);
}

function statesOf(program: Program, given: Given, modes: readonly Mode[]): Record<string, number[]> {
  return Object.fromEntries(
    modes.map((mode) => {
      const process = new ProcessRun(bytesOf(program), { ...given, arguments: program.arguments }, mode, 50_021);
      const counts = [5_000, 40_000, Number.POSITIVE_INFINITY];
      return [
        mode,
        counts.map((count) => {
          process.runTo(count);
          return hashOf(process.state());
        }),
      ];
    }),
  );
}

/** Stops at a breakpoint on gt_yield, looks at the threads and their stacks, steps over the call, and lets it go. */
async function session(): Promise<string[]> {
  const built = buildProgram({ path: "counters.s", text: counters });
  if (!built.ok) throw new Error(built.error.map(({ message }) => message).join("\n"));
  const { debuggee, written } = load(built.value, { arguments: [], environment: {}, input: "" });
  const address = debuggee.image.symbols.find(({ name }) => name === "gt_yield")?.address;
  if (address === undefined) throw new Error("the sample has no gt_yield");
  const lines: string[] = [];
  debuggee.setBreakpoints([{ address, hitCondition: (hits) => hits % 4 === 0 }]);
  for (let count = 0; count < 3; count++) {
    lines.push(describeStop(await debuggee.run({ kind: "continue" })), ...describe(debuggee));
  }
  const thread = debuggee.currentThread();
  const out = await debuggee.run({ kind: "step", step: "out", granularity: "line", thread });
  lines.push(describeStop(out), ...describe(debuggee));
  debuggee.setBreakpoints([]);
  lines.push(describeStop(await debuggee.run({ kind: "continue" })), `${debuggee.instructionCount} instructions`);
  return [...lines, ...written.stdout.split("\n")];
}

function describeStop(stop: DebuggeeStop): string {
  return stop.kind === "exited" ? `exited with ${stop.status}` : `${stop.kind} in thread ${stop.thread}`;
}

function describe(debuggee: Debuggee): string[] {
  return debuggee.threads().map(({ id, name, state, runs, instructions }) => {
    const frames = (debuggee.stackTrace(id) ?? []).map(({ functionName, position }) => {
      return `${functionName} (${position ? `${position.path}:${position.line}` : "no line"})`;
    });
    return `  ${name}, ${state}, ${runs} runs, ${instructions} instructions: ${frames.join(" < ")}`;
  });
}

function load(image: Parameters<typeof loadDebuggee>[0], given: Given) {
  const written = { stdout: "", stderr: "" };
  const decoder = new TextDecoder();
  const loaded = loadDebuggee(image, {
    arguments: given.arguments,
    programName: "./program",
    environment: given.environment,
    standardInput: new TextEncoder().encode(given.input),
    abi: "systemV",
    observer: {
      output(stream, bytes) {
        written[stream] += decoder.decode(bytes);
      },
      note() {},
      threadStarted() {},
      threadExited() {},
    },
  });
  if (!loaded.ok) throw new Error(loaded.error);
  return { debuggee: loaded.value, written };
}

function bytesOf({ executable }: Program): Uint8Array {
  return Uint8Array.from(atob(executable), (character) => character.charCodeAt(0));
}

/** Of anything that JSON can say, and bigints. */
function hashOf(value: unknown): number {
  const text = JSON.stringify(value, (_key, each) => (typeof each === "bigint" ? each.toString(16) : each));
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 0x01000193) ^ text.charCodeAt(index)) | 0;
  return hash;
}
