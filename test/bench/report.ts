/** What was measured, as a table for the terminal or for a page in Markdown. Bars are shown; nothing fails by them. */
import { geometricMean, type Measured, type Spread } from "./measure.js";
import { meanBar } from "./programs.js";

export interface Row {
  readonly cells: readonly string[];
}

const heads = [
  "program",
  "guest instructions",
  "native MIPS",
  "qemu-x86_64 MIPS",
  "Green Threads MIPS",
  "ratio to qemu",
  "spread",
  "of ¼ of the work",
  "bar",
];

/** The rows of all programs, that of the geometric mean last. */
export function throughput(all: readonly Measured[]): readonly Row[] {
  const rows = all.flatMap((each) => {
    const { instructions, ratio, bar, title } = each;
    const peers = [
      `${(instructions / 1e6).toFixed(0)} M`,
      mips(instructions, each.native),
      mips(instructions, each.qemu),
    ];
    const row = (name: string, time: Spread, to: Spread | undefined, brief?: Spread, limit?: number): Row => ({
      cells: [
        name,
        ...peers,
        mips(instructions, time),
        ratioText(to),
        spreadText(to),
        ratioText(brief),
        barText(to?.median, limit),
      ],
    });
    const debugged = each.debugger;
    return [
      row(title, each.here, ratio, each.brief, bar),
      ...(debugged ? [row(`${title}, debugged`, debugged.time, debugged.ratio)] : []),
    ];
  });
  const ratios = all.flatMap(({ ratio }) => (ratio ? [ratio.median] : []));
  if (ratios.length === 0) return rows;
  const mean = geometricMean(ratios);
  const briefMean = geometricMean(all.flatMap(({ brief }) => (brief ? [brief.median] : []))).toFixed(2);
  return [
    ...rows,
    { cells: ["geometric mean", "", "", "", "", mean.toFixed(2), "", briefMean, barText(mean, meanBar)] },
  ];
}

/** Mebibytes at the most, of the whole process. */
export function memory(all: readonly Measured[]): readonly Row[] {
  return all.map(({ title, memory }) => ({ cells: [title, mebibytes(memory.here), mebibytes(memory.qemu)] }));
}

/** What the engine did: what to look at when a program is slower than it should be. */
export function engine(all: readonly Measured[]): readonly Row[] {
  return all.flatMap(({ title, instructions, interpreted, profile }) => {
    if (!profile) return [];
    const { compiled, executed } = profile;
    return [
      {
        cells: [
          title,
          (interpreted / 1e6).toFixed(0),
          `${((executed.instructions / instructions) * 100).toFixed(1)} %`,
          (executed.instructions / Math.max(1, executed.entries)).toFixed(0),
          String(compiled.regions),
          String(compiled.modules),
          String(compiled.instructions),
          `${(compiled.bytes / 1024).toFixed(1)} KiB`,
          `${compiled.generating.toFixed(0)} ms`,
          `${compiled.compiling.toFixed(0)} ms`,
        ],
      },
    ];
  });
}

export const throughputHeads = heads;
export const memoryHeads = ["peak memory", "Green Threads, with Node", "qemu-x86_64"];
export const engineHeads = [
  "engine",
  "interpreter MIPS",
  "compiled executes",
  "instructions an entry",
  "regions",
  "modules",
  "instructions",
  "bytes",
  "generating",
  "compiling",
];

/** For a terminal: columns of equal width, the first to the left. */
export function plainTable(heads: readonly string[], rows: readonly Row[]): string {
  const lines = [heads, ...rows.map(({ cells }) => cells)];
  const widths = heads.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function markdownTable(heads: readonly string[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = heads.map((_, column) => (column === 0 ? "---" : "---:"));
  return [line(heads), line(rule), ...rows.map(({ cells }) => line(cells))].join("\n");
}

function mips(instructions: number, time: Spread | undefined): string {
  return time ? Math.round(instructions / time.median / 1e6).toLocaleString("en") : "–";
}

function ratioText(ratio: Spread | undefined): string {
  return ratio ? ratio.median.toFixed(2) : "–";
}

function spreadText(ratio: Spread | undefined): string {
  return ratio ? `${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)}` : "–";
}

function barText(measured: number | undefined, bar: number | undefined): string {
  if (bar === undefined) return "";
  if (measured === undefined) return `≥ ${bar}`;
  return `≥ ${bar}: ${measured >= bar ? "met" : "not met"}`;
}

function mebibytes(value: number | undefined): string {
  return value === undefined ? "–" : `${value.toFixed(0)} MiB`;
}
