/** GNU as as a judge, where it is installed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ReadObject, readElf } from "./read-elf.js";

/** Whether `as` for x86-64 can be run here. */
export function hasGnuAs(): boolean {
  const { status, stdout } = spawnSync("as", ["--version"], { encoding: "utf8" });
  return status === 0 && /GNU assembler/.test(stdout) && /x86_64/.test(stdout);
}

/** What GNU as makes of a text, or the lines that it rejects (from 1). */
export function runGnuAs(text: string): { readonly object?: ReadObject; readonly rejected: readonly number[] } {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-as-"));
  try {
    const source = join(folder, "in.s");
    const output = join(folder, "out.o");
    writeFileSync(source, text);
    const { status, stderr } = spawnSync("as", ["--64", "-o", output, source], {
      encoding: "utf8",
      maxBuffer: 1 << 30,
    });
    if (status === 0) return { object: readElf(readFileSync(output)), rejected: [] };
    const rejected = [...stderr.matchAll(/in\.s:(\d+): Error: /g)].map((match) => Number(match[1]));
    if (rejected.length === 0) throw new Error(`GNU as failed without a line: ${stderr.slice(0, 500)}`);
    return { rejected };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const mark = (i: number) => `line_mark_${i}`;

/** A text in which each line starts at a symbol of its own. */
export function markedText(lines: readonly string[], dialect: "att" | "intel"): string {
  const head = dialect === "intel" ? ".intel_syntax noprefix\n" : "\n";
  return `${head}${lines.map((line, i) => `${mark(i)}: ${line}\n`).join("")}${mark(lines.length)}:\n`;
}

/** The bytes and relocations of each line of a marked text, in one string each. */
export function bytesOfLines(object: ReadObject, count: number): string[] {
  const values = new Map(
    object.symbols.map((symbol) => {
      const [name, , value] = symbol.split(" ");
      return [name, Number(value)] as const;
    }),
  );
  const text = object.sections[".text"];
  const relocations = (text?.relocations ?? [])
    .map((relocation) => {
      const [offset, type, ...target] = relocation.split(":");
      return { offset: Number(offset), rest: `${type}:${target.join(":")}` };
    })
    .sort((a, b) => a.offset - b.offset);
  let next = 0;
  return Array.from({ length: count }, (_, i) => {
    const start = values.get(mark(i)) ?? 0;
    const end = values.get(mark(i + 1)) ?? 0;
    let result = text?.bytes.slice(start * 2, end * 2) ?? "";
    for (let one = relocations[next]; one !== undefined && one.offset < end; one = relocations[++next]) {
      result += ` ${one.offset - start}:${one.rest}`;
    }
    return result;
  });
}

/** GNU as's bytes for each line; null for the lines that it rejects. */
export function gnuLines(lines: readonly string[], dialect: "att" | "intel"): (string | null)[] {
  let accepted = lines.map((_, i) => i);
  for (;;) {
    const outcome = runGnuAs(
      markedText(
        accepted.map((i) => lines[i] ?? ""),
        dialect,
      ),
    );
    if (outcome.object !== undefined) {
      const bytes = bytesOfLines(outcome.object, accepted.length);
      const results: (string | null)[] = lines.map(() => null);
      accepted.forEach((line, i) => {
        results[line] = bytes[i] ?? "";
      });
      return results;
    }
    const rejected = new Set(outcome.rejected.map((line) => line - 2));
    accepted = accepted.filter((_, i) => !rejected.has(i));
  }
}
