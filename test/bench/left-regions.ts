/**
 * Which instructions a program leaves compiled code for: what the regions do not compile, or a case that they leave to
 * the interpreter.   node build/run.mjs test/bench/left-regions.ts [--show N] PROGRAM [ARGUMENT…]
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { guestAddress } from "../../runtime/base/guest-address.js";
import { readExecutable } from "../../runtime/debuggee.js";
import { createMachine } from "../../runtime/engine/create-machine.js";
import { LinuxProcess } from "../../runtime/linux/linux-process.js";
import { InstructionDecoder } from "../../runtime/x86/decode.js";
import { countRegions } from "./count-regions.js";

const roundLength = 1_000_000;
const longestInstruction = 15;

main(process.argv.slice(2));

function main(given: readonly string[]): void {
  const shown = given[0] === "--show" ? Number(given[1]) : 20;
  const [path, ...rest] = given[0] === "--show" ? given.slice(2) : given;
  const image = path === undefined ? undefined : readExecutable(readFileSync(path));
  if (!path || !image?.ok) throw new Error(image?.ok === false ? image.error : "which program?");
  const leftAt = new Map<bigint, number>();
  const counts = countRegions(() => {
    const { rip } = machine.registers;
    leftAt.set(rip, (leftAt.get(rip) ?? 0) + 1);
  });
  const machine = createMachine({ mode: "tiered" });
  const program = LinuxProcess.start(machine, image.value, {
    arguments: [basename(path), ...rest],
    environment: {},
    output: (_stream, bytes) => process.stdout.write(bytes),
    note() {},
    describeAddress: String,
  });
  if (!program.ok) throw new Error(program.error);
  for (;;) {
    const stop = machine.run(roundLength);
    if (stop.kind === "limit") continue;
    if (stop.kind !== "systemCall") throw new Error(`the program stopped with ${stop.kind}`);
    if (program.value.systemCall().kind === "exited") break;
  }
  const nameAt = (address: bigint): string => {
    const decoded = new InstructionDecoder(
      machine.memory.read(guestAddress(address), longestInstruction),
      address,
    ).next();
    return `${decoded?.name ?? "?"} ${decoded?.operands.map(({ kind }) => kind).join(",") ?? ""}`;
  };
  const { instructions, entries } = counts();
  const share = ((100 * instructions) / machine.instructionCount).toFixed(1);
  const { regions = 0, modules = 0, generating = 0, compiling = 0 } = machine.regions?.statistics ?? {};
  console.log(`${regions} regions in ${modules} modules: ${generating.toFixed(0)} + ${compiling.toFixed(0)} ms`);
  console.log(`${machine.instructionCount} instructions, ${share} % of them compiled, in ${entries} entries; left at`);
  for (const [address, count] of [...leftAt].sort(([, x], [, y]) => y - x).slice(0, shown)) {
    console.log(`${String(count).padStart(10)}  0x${address.toString(16)}  ${nameAt(address)}`);
  }
}
