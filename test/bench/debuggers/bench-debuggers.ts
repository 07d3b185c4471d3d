/** Our debug adapter beside lldb-dap, on the same programs through the same client: see `npm run bench -- --debuggers`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quantile } from "../measure.js";
import { markdownTable, plainTable } from "../report.js";
import type { ClockKind } from "./clock.js";
import { contestants } from "./contestant.js";
import { buildSubjects } from "./subjects.js";
import { type Task, tasks } from "./tasks.js";

export interface DebuggerBenchOptions {
  readonly runs: number;
  readonly clock: ClockKind;
  /** Parts of titles of tasks: all others are left out. */
  readonly only?: readonly string[];
  readonly isMarkdown: boolean;
}

/** Prints a row for each figure: the medians of runs in turn, and how many times better ours is, run for run. */
export async function benchDebuggers(
  root: string,
  { runs, clock, only, isMarkdown }: DebuggerBenchOptions,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-bench-"));
  try {
    const subjects = buildSubjects(root, folder);
    const drivers = contestants(root);
    const rows: { readonly cells: string[] }[] = [];
    const chosen = tasks.filter(({ title }) => only?.some((part) => title.includes(part)) ?? true);
    for (const task of chosen) {
      const figures = new Map<string, number[][]>();
      for (let run = 0; run < runs; run++) {
        for (const [index, contestant] of drivers.entries()) {
          const found = await task.run({ contestant, subjects, clock }).catch((error: Error) => {
            console.log(`${task.title}: ${contestant.name}: ${error.message}`);
            return {};
          });
          for (const [name, value] of Object.entries(found)) {
            const values = figures.get(name) ?? drivers.map(() => []);
            values[index]?.push(value);
            figures.set(name, values);
          }
        }
      }
      for (const [name, [ours = [], theirs = []]] of figures) {
        rows.push({
          cells: [`${task.title}: ${name}`, shown(task, ours), shown(task, theirs), ...ratio(task, ours, theirs)],
        });
      }
    }
    const table = isMarkdown ? markdownTable : plainTable;
    console.log(table(["", ...drivers.map(({ name }) => name), "times better", "spread"], rows));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function shown({ unit }: Task, values: readonly number[]): string {
  if (values.length === 0) return "–";
  const value = quantile(values, 0.5);
  return unit === "milliseconds" ? `${value.toFixed(2)} ms` : `${Math.round(value).toLocaleString("en")}/s`;
}

/** Of the runs that were made one behind the other: their median, and the lowest and highest. */
function ratio({ unit }: Task, ours: readonly number[], theirs: readonly number[]): readonly string[] {
  const ratios = ours.flatMap((own, run) => {
    const other = theirs[run];
    return other === undefined ? [] : [unit === "milliseconds" ? other / own : own / other];
  });
  if (ratios.length === 0) return ["–", ""];
  const text = (value: number) => value.toFixed(value < 10 ? 2 : 0);
  return [text(quantile(ratios, 0.5)), `${text(Math.min(...ratios))} to ${text(Math.max(...ratios))}`];
}
