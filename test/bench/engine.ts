/** The engine alone, without debugger and thread model: what the interpreter reaches, and what starting it costs. */
import { guestAddress } from "../../runtime/base/guest-address.js";
import { createMachine, type MachineOptions } from "../../runtime/engine/create-machine.js";
import { generateInterpreter } from "../../runtime/engine/interpreter.js";
import type { RegionStatistics } from "../../runtime/engine/regions/region-cache.js";
import { layout, stackLow } from "../../runtime/linux/address-space.js";
import { LinuxProcess } from "../../runtime/linux/linux-process.js";
import { buildProgram } from "../runtime/threads/build-program.js";
import hashLoop from "./kernels/hash-loop.s";
import yieldPingPong from "./kernels/yield-ping-pong.s";

/** As the debugger runs: rounds of at most so many instructions. */
const round = 1_000_000;

interface Measured {
  readonly mips: number;
  /** Stops at which the machine reported a move of the stack pointer. */
  readonly switches: number;
  readonly regions: RegionStatistics | undefined;
}

/** Runs the program to its end; `reportsSwitches`: with the stack window of the base thread. */
function measure(source: string, reportsSwitches: boolean, mode: MachineOptions["mode"], rounds = 20): Measured {
  const machine = createMachine({ mode });
  const started = LinuxProcess.start(machine, buildProgram(source), {
    arguments: Array<string>(rounds).fill("kernel"),
    environment: {},
    output() {},
    note() {},
    describeAddress: (address) => address.toString(16),
  });
  if (!started.ok) throw new Error(started.error);
  if (reportsSwitches) machine.setStackWindow(guestAddress(stackLow), guestAddress(layout.stackHigh));
  let switches = 0;
  const start = performance.now();
  for (;;) {
    const stop = machine.run(round);
    if (stop.kind === "systemCall") {
      if (started.value.systemCall().kind === "exited") break;
    } else if (stop.kind === "stackSwitch") {
      switches++;
    } else if (stop.kind !== "limit") {
      throw new Error(`the kernel stopped with ${stop.kind}`);
    }
  }
  const mips = machine.instructionCount / (performance.now() - start) / 1000;
  return { mips, switches, regions: machine.regions?.statistics };
}

/** Prints time and size of the generated interpreter, and guest MIPS of the kernels. */
export function benchEngine(): void {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    const { bytes } = generateInterpreter();
    return { time: performance.now() - start, size: bytes.length };
  });
  const first = times[0]?.time.toFixed(1);
  const best = Math.min(...times.map((each) => each.time)).toFixed(1);
  console.log(`  interpreter generated in ${first} ms (best of five: ${best} ms), ${times[0]?.size} bytes`);
  for (const [name, source, reportsSwitches] of [
    ["hash loop", hashLoop, false],
    ["yield ping-pong", yieldPingPong, false],
    ["yield ping-pong, reporting switches", yieldPingPong, true],
  ] as const) {
    const best = (mode: MachineOptions["mode"]) =>
      [1, 2, 3].map(() => measure(source, reportsSwitches, mode)).reduce((x, y) => (y.mips > x.mips ? y : x));
    const [interpreted, tiered] = [best("interpreter"), best("tiered")];
    const switches = tiered.switches > 0 ? `, ${tiered.switches} switches` : "";
    const { regions } = tiered;
    const compiled = regions
      ? `${regions.regions} regions of ${regions.instructions} instructions in ${regions.modules} modules, ` +
        `${regions.bytes} bytes, ${(regions.generating + regions.compiling).toFixed(1)} ms`
      : "";
    console.log(
      `  ${name.padEnd(38)}${interpreted.mips.toFixed(0).padStart(5)} MIPS interpreted, ` +
        `${tiered.mips.toFixed(0).padStart(5)} with regions (${(tiered.mips / interpreted.mips).toFixed(1)} times)${switches}`,
    );
    console.log(`    ${compiled}`);
  }
}
