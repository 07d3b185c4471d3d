/**
 * The assembler: lines of gcc's output a second, through to an object, beside GNU as on the same files; and what an
 * editor waits for after a keystroke in a large file. Needs gcc and GNU as.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { analyse, LineCache } from "../../runtime/asm/analysis.js";
import { assemble } from "../../runtime/asm/assembler.js";
import { writeElfObject } from "../../runtime/asm/elf-object.js";
import { generateProgram } from "../fuzz/c/generate-program.js";
import { Random } from "../runtime/engine/random-program.js";
import { quantile, spread } from "./measure.js";
import type { Row } from "./report.js";

/** Random programs of each way to build. */
const programCount = 24;
/** Lines a second that the assembler is to reach when warm. */
const throughputBar = 300_000;
const keystrokes = 200;
/** Milliseconds until a changed file is checked again. */
const keystrokeBar = 50;

interface Sources {
  readonly title: string;
  readonly folder: string;
  readonly texts: readonly { readonly path: string; readonly text: string }[];
  readonly lines: number;
}

export const assemblerHeads = ["assembler", "files", "lines", "k lines/s", "spread", "GNU as", "bar"];
export const keystrokeHeads = ["after a keystroke", "lines", "median, ms", "95th percentile", "bar"];

/** Throughput of each way to build, warm: the first round, in which our code is still being compiled, does not count. */
export function assemblerThroughput(runs: number): Row[] {
  return withSources((sources) =>
    sources.map(({ title, folder, texts, lines }) => {
      const [ours, theirs]: [number[], number[]] = [[], []];
      for (let run = 0; run <= runs; run++) {
        const here = timed(() => texts.forEach(assembleHere));
        const gnu = timed(() => {
          for (const { path } of texts) gnuAs(folder, path);
        });
        if (run === 0) continue;
        ours.push(lines / here);
        theirs.push(lines / gnu);
      }
      const speed = spread(ours);
      const cells = [
        title,
        `${texts.length}`,
        lines.toLocaleString("en"),
        speed.median.toFixed(0),
        `${speed.low.toFixed(0)} to ${speed.high.toFixed(0)}`,
        spread(theirs).median.toFixed(0),
        `${throughputBar / 1000}`,
      ];
      return { cells };
    }),
  );
}

/** The longest file of each, in which a digit of one instruction changes, again and again, at random places. */
export function keystrokeLatency(): Row[] {
  return withSources((sources) =>
    sources.map(({ title, texts }) => {
      const text = texts.map((one) => one.text).sort((a, b) => b.length - a.length)[0] ?? "";
      const copies = text.split("\n");
      const candidates = copies.flatMap((line, i) => (/^\t(?:mov|add|sub|lea)\w*\t.*\d/.test(line) ? [i] : []));
      const random = new Random(1);
      const cache = new LineCache();
      const times: number[] = [];
      for (let stroke = -20; stroke < keystrokes; stroke++) {
        const at = candidates[random.below(candidates.length)] ?? 0;
        copies[at] = (copies[at] ?? "").replace(/\d(?=\D*$)/, `${random.below(10)}`);
        const edited = copies.join("\n");
        const time = timed(() => analyse({ path: "edited.s", text: edited }, {}, cache));
        if (stroke >= 0) times.push(time);
      }
      return {
        cells: [
          title,
          `${copies.length}`,
          spread(times).median.toFixed(1),
          quantile(times, 0.95).toFixed(1),
          `${keystrokeBar}`,
        ],
      };
    }),
  );
}

/** In milliseconds. */
function timed(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function assembleHere(source: { readonly path: string; readonly text: string }): void {
  const { object, diagnostics } = assemble(source);
  if (object === undefined) throw new Error(`${source.path}: ${diagnostics[0]?.message}`);
  writeElfObject(object);
}

function gnuAs(folder: string, path: string): void {
  const { status, stderr } = spawnSync("as", ["--64", "-o", join(folder, "out.o"), path], { encoding: "utf8" });
  if (status !== 0) throw new Error(`as: ${stderr}`);
}

function withSources<T>(use: (sources: readonly Sources[]) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-assembler-"));
  try {
    return use([["-O0"], ["-O2"], ["-O2", "-g"]].map((flags) => compiled(folder, flags)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compiled(folder: string, flags: readonly string[]): Sources {
  const texts = Array.from({ length: programCount }, (_, seed) => {
    const path = join(folder, `program${seed}${flags.join("")}.s`);
    const source = join(folder, "program.c");
    writeFileSync(source, generateProgram(new Random(seed)));
    const { status, stderr } = spawnSync("gcc", ["-w", ...flags, "-S", source, "-o", path], { encoding: "utf8" });
    if (status !== 0) throw new Error(`gcc: ${stderr}`);
    return { path, text: readFileSync(path, "utf8") };
  });
  const lines = texts.reduce((sum, { text }) => sum + text.split("\n").length - 1, 0);
  return { title: `gcc ${flags.join(" ")} -S`, folder, texts, lines };
}
