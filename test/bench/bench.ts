/**
 * How fast the guest runs.   npm run bench
 * Guest MIPS (millions of guest instructions in a second) and yields per second, beside qemu-x86_64 and the processor
 * itself where these are at hand, all in one run on one machine: compare the ratios.
 */
import { buildProgram, loadDebuggee } from "../../runtime/debuggee.js";
import { benchAdapter } from "./adapter.js";
import { benchEngine } from "./engine.js";
import hashLoop from "./kernels/hash-loop.s";
import roundRobin from "./kernels/round-robin.s";
import yieldPingPong from "./kernels/yield-ping-pong.s";
import { withPeers } from "./peers.js";

interface Kernel {
  readonly name: string;
  readonly source: string;
  /** What is counted beside instructions, and how many for each argument. */
  readonly unit?: { readonly name: string; readonly perArgument: number };
}

const kernels: readonly Kernel[] = [
  { name: "hash loop", source: hashLoop },
  {
    name: "yield ping-pong",
    source: yieldPingPong,
    unit: { name: "yields", perArgument: 2 * 200_000 },
  },
  {
    name: "round robin of 1,000 threads",
    source: roundRobin,
    unit: { name: "yields", perArgument: 1000 * 300 },
  },
];

/** The best of several runs: the others were disturbed. */
const runs = 3;
/** Peers are faster: they get more to do, so that starting them does not count. */
const peerArguments = 41;

/** Seconds and instructions of one run on our engine, with so many arguments behind the program's name. */
async function runHere(source: string, argumentCount = 0): Promise<{ seconds: number; instructions: number }> {
  const built = buildProgram({ path: "bench:/kernel.s", text: source });
  if (!built.ok) throw new Error(built.error.map((diagnostic) => diagnostic.message).join("\n"));
  const loaded = loadDebuggee(built.value, {
    arguments: new Array(argumentCount).fill("x"),
    environment: {},
    abi: "systemV",
    observer: { output() {}, note() {}, threadStarted() {}, threadExited() {} },
  });
  if (!loaded.ok) throw new Error(loaded.error);
  const started = performance.now();
  const stop = await loaded.value.run({ kind: "continue" });
  const seconds = (performance.now() - started) / 1000;
  if (stop.kind !== "exited" || stop.status !== 0) throw new Error(`the kernel ended with ${stop.kind}`);
  return { seconds, instructions: loaded.value.instructionCount };
}

function show(name: string, perSecond: number, unitsPerSecond: number | undefined, unit: string, ratio: number): void {
  const mips = `${(perSecond / 1e6).toFixed(0).padStart(7)} MIPS`;
  const units =
    unitsPerSecond === undefined ? "" : `${(unitsPerSecond / 1e6).toFixed(2).padStart(9)} million ${unit}/s`;
  console.log(`  ${name.padEnd(16)}${mips}${units.padEnd(30)}${ratio.toFixed(3).padStart(9)}`);
}

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}; best of ${runs}; last column: relative to Green Threads`,
);
/** Units per second in our engine, with the debugger around it. */
const unitRates: number[] = [];
for (const { name, source, unit } of kernels) {
  console.log(`\n${name}`);
  const own: { seconds: number; instructions: number }[] = [];
  for (let count = 0; count < runs; count++) own.push(await runHere(source));
  const seconds = Math.min(...own.map((each) => each.seconds));
  const instructions = own[0]?.instructions ?? 0;
  // Setting up happens once, however many arguments there are.
  const perArgument = (await runHere(source, 1)).instructions - instructions;
  const report = (who: string, argumentCount: number, time: number) => {
    const perSecond = (argumentCount === 1 ? instructions : perArgument * argumentCount) / time;
    const unitsPerSecond = unit && (unit.perArgument * argumentCount) / time;
    show(who, perSecond, unitsPerSecond, unit?.name ?? "", perSecond / (instructions / seconds));
  };
  report("Green Threads", 1, seconds);
  if (unit) unitRates.push(unit.perArgument / seconds);
  withPeers(source, (peers) => {
    for (const peer of peers) {
      const best = (argumentCount: number) => Math.min(...Array.from({ length: runs }, () => peer.time(argumentCount)));
      report(peer.name, peerArguments - 1, best(peerArguments) - best(1));
    }
    if (!peers.some((peer) => peer.name === "qemu-x86_64")) {
      console.log("  (qemu-x86_64 is not measured: it needs qemu-user, GNU as and ld)");
    }
  });
}

const [few = 1, many = 1] = unitRates;
console.log(`\na yield among 1,000 threads takes ${(few / many).toFixed(1)} times as long as among 2`);

console.log("\nthe debug adapter, at each step (medians; last column: relative to few threads)");
await benchAdapter();

console.log("\nthe engine alone");
benchEngine();
