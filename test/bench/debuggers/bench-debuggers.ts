/** Our debug adapter beside lldb-dap, on the same program through the same client: see `npm run bench -- --debuggers`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { output } from "../../runtime/object/toolchain.js";
import { plainTable } from "../report.js";
import { contestants } from "./contestant.js";
import { tasks } from "./tasks.js";

/** Prints a row for each figure: the medians of `runs` runs in turn, and how many times better ours is. */
export async function benchDebuggers(root: string, runs: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-bench-"));
  try {
    const source = join(root, "test/bench/debuggers/stepped.c");
    const subject = { program: join(folder, "stepped"), source };
    output("gcc", ["-g", "-O0", "-static", source, "-o", subject.program]);
    const drivers = contestants(root);
    const rows: { readonly cells: string[] }[] = [];
    for (const task of tasks) {
      const figures = new Map<string, number[][]>();
      for (let run = 0; run < runs; run++) {
        for (const [index, contestant] of drivers.entries()) {
          const found = await task.run(contestant, subject).catch((error: Error) => {
            console.log(`${task.title}: ${error.message}`);
            return {};
          });
          for (const [name, value] of Object.entries(found)) {
            const values = figures.get(name) ?? drivers.map(() => []);
            values[index]?.push(value);
            figures.set(name, values);
          }
        }
      }
      for (const [name, values] of figures) {
        const [ours = 0, theirs] = values.map(median);
        const isTime = task.unit === "milliseconds";
        const ratio = theirs === undefined ? "–" : (isTime ? theirs / ours : ours / theirs).toFixed(1);
        const shown = (value: number | undefined) =>
          value === undefined ? "–" : isTime ? `${value.toFixed(1)} ms` : `${Math.round(value).toLocaleString("en")}/s`;
        rows.push({ cells: [`${task.title}: ${name}`, shown(ours), shown(theirs), ratio] });
      }
    }
    console.log(plainTable(["", ...drivers.map(({ name }) => name), "times better"], rows));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Undefined of none: that debugger could not do it. */
function median(values: readonly number[]): number | undefined {
  return [...values].sort((one, two) => one - two)[values.length >> 1];
}
