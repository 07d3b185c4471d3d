/**
 * How fast the guest runs.   npm run bench -- [--only NAME,…] [--runs N] [--quick] [--processor-time] [--json FILE] [--markdown]
 *   or   npm run bench -- --adapter   or   npm run bench -- --start   or   npm run bench -- --large [--runs N]
 *   or   npm run bench -- --assembler [--runs N]
 *   or   npm run bench -- --debuggers [--only PART OF A TITLE,…] [--runs N] [--processor-time]
 * Six kinds of guest programs, each on our engine beside qemu-x86_64 and the processor itself where these are at hand:
 * in turn, several times, all in one run on one machine. Compare the ratios, not the times.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchAdapter } from "./adapter.js";
import { assemblerHeads, assemblerThroughput, keystrokeHeads, keystrokeLatency } from "./assembler.js";
import { coldStart, coldStartHeads } from "./cold-start.js";
import { useProcessorTime, workAsChild } from "./contestants.js";
import { benchDebuggers } from "./debuggers/bench-debuggers.js";
import { largeProgramHeads, largePrograms } from "./large-programs.js";
import { type Measured, measure } from "./measure.js";
import { programs } from "./programs.js";
import {
  engine,
  engineHeads,
  markdownTable,
  memory,
  memoryHeads,
  plainTable,
  throughput,
  throughputHeads,
} from "./report.js";

if (!(await workAsChild())) await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      runs: { type: "string" },
      quick: { type: "boolean" },
      "processor-time": { type: "boolean" },
      json: { type: "string" },
      markdown: { type: "boolean" },
      adapter: { type: "boolean" },
      start: { type: "boolean" },
      debuggers: { type: "boolean" },
      large: { type: "boolean" },
      assembler: { type: "boolean" },
    },
  });
  if (values.adapter) {
    console.log("the debug adapter, at each step (medians; last column: relative to few threads)");
    await benchAdapter();
    return;
  }
  if (values.assembler) {
    console.log(plainTable(assemblerHeads, assemblerThroughput(Number(values.runs ?? 7))));
    console.log(`\n${plainTable(keystrokeHeads, keystrokeLatency())}`);
    return;
  }
  if (values.large) {
    const root = process.env.GREEN_THREADS_ROOT ?? ".";
    const rows = await largePrograms(root, join(root, "dist/debug-adapter.mjs"), Number(values.runs ?? 3));
    console.log(
      `processor time of the adapter in dist/; npm run build before\n\n${plainTable(largeProgramHeads, rows)}`,
    );
    return;
  }
  if (values.debuggers) {
    await benchDebuggers(process.env.GREEN_THREADS_ROOT ?? ".", {
      runs: Number(values.runs ?? 3),
      clock: values["processor-time"] ? "processor" : "wall",
      only: values.only?.split(","),
      isMarkdown: values.markdown === true,
    });
    return;
  }
  const runs = Number(values.runs ?? (values.quick ? 3 : 7));
  const names = values.only?.split(",");
  const chosen = programs.filter(({ name }) => names?.includes(name) ?? true);
  const unknown = names?.filter((name) => !programs.some((program) => program.name === name)) ?? [];
  if (unknown.length > 0 || !(runs >= 1)) {
    console.error(
      unknown.length > 0
        ? `There is no program ${unknown.join(", ")}; there are ${programs.map(({ name }) => name).join(", ")}.`
        : "--runs wants a number from 1 on.",
    );
    process.exitCode = 2;
    return;
  }

  if (values["processor-time"]) useProcessorTime();
  const clock = values["processor-time"] ? "processor time" : "wall time";
  const processor = cpus()[0]?.model.trim() ?? process.arch;
  const machine = `${processor}, Node ${process.versions.node}; ${clock}, medians of ${runs} paired runs`;
  console.log(`${machine}\n`);
  const table = values.markdown ? markdownTable : plainTable;
  const root = process.env.GREEN_THREADS_ROOT ?? ".";
  // Nobody asked for it who asked for certain programs.
  const starts = names ? undefined : table(coldStartHeads, await coldStart(root, runs));
  if (starts) console.log(`${starts}\n`);
  if (values.start) return;
  const all: Measured[] = [];
  for (const program of chosen) {
    const size = values.quick ? Math.ceil(program.size / 160) * 10 : program.size;
    const measured = await measure(program, size, runs);
    all.push(measured);
    if (!values.markdown) console.log(progress(measured));
  }
  console.log(`\n${table(throughputHeads, throughput(all))}`);
  console.log(`\n${table(memoryHeads, memory(all))}`);
  if (!values.markdown) console.log(`\n${table(engineHeads, engine(all))}`);
  if (!all.some(({ qemu }) => qemu)) console.log("\nqemu-x86_64 (Debian: qemu-user) is not here: there are no ratios.");
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, programs: all }, null, 2)}\n`);
}

/** One line as soon as a program is done. */
function progress({ title, here, qemu, ratio }: Measured): string {
  const beside = qemu && ratio ? `, qemu-x86_64 ${qemu.median.toFixed(2)} s: ratio ${ratio.median.toFixed(2)}` : "";
  return `${title}: ${here.median.toFixed(2)} s${beside}`;
}
