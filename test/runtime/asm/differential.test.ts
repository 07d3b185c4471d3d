import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { assemble } from "../../../runtime/asm/assembler.js";
import { writeElfObject } from "../../../runtime/asm/elf-object.js";
import { corpus, fixtureNames } from "./corpus.js";
import { bytesOfLines, gnuLines, hasGnuAs, markedText, runGnuAs } from "./gnu-as.js";
import { readElf } from "./read-elf.js";
import { readRecorded } from "./recorded.js";

const dialects = ["att", "intel"] as const;
const minutes = 60_000;

/** Lines that GNU as 2.40 rejects and this assembler takes, with the reason. */
const knownToo: readonly (readonly [RegExp, string])[] = [
  [/^v?(tcmm|pbndkb|lkgs|eret[us]|vsha512|vpdpw[us]|vsm[34]|sm[34])/, "instructions newer than binutils 2.40"],
  [/^(xsha512|xstore|xcrypt|ccs)/, "VIA's names"],
  [
    /^(movsxd|movdir64b|enqcmds?|tpause|umwait|l[sfg]s|lar|lsl|vmovw|ud0|iretd|cmpxchg486)\b/,
    "register sizes that iced-x86 lists",
  ],
  [/^tile(load|store)\w* .*rip/, "rip-relative tile memory"],
  [/^(v?p?(extr|insr)|vcvt|kmov|vmov)/, "register sizes that iced-x86 lists"],
  [/^(ld|st)tilecfg|^aes\w*256kl/, "512-bit memory written with zmmword ptr"],
  [/^(call|jmp) tbyte ptr/, "far branches through 80 bits"],
  [/^sysexit$/, "needs a suffix in Intel syntax"],
];

/** Lines that GNU as takes and this assembler rejects, with the reason. */
const knownNot: readonly (readonly [RegExp, string])[] = [
  [/^(call|jmp) dword ptr/, "GNU as makes a 16-bit far branch of it, which is never meant"],
];

const isKnownNot = (line: string) => knownNot.some(([pattern]) => pattern.test(line));
const isKnownToo = (line: string) => knownToo.some(([pattern]) => pattern.test(line));

/** This assembler's bytes and relocations for each line; null for the lines that it rejects. */
function ourLines(lines: readonly string[], dialect: "att" | "intel"): (string | null)[] {
  const results: (string | null)[] = lines.map(() => null);
  let accepted = lines.map((_, i) => i);
  for (;;) {
    const { object, diagnostics } = assemble({
      path: "lines.s",
      text: markedText(
        accepted.map((i) => lines[i] ?? ""),
        dialect,
      ),
    });
    if (object !== undefined) {
      const bytes = bytesOfLines(readElf(writeElfObject(object)), accepted.length);
      accepted.forEach((line, i) => {
        results[line] = bytes[i] ?? "";
      });
      return results;
    }
    const rejected = new Set(
      diagnostics.filter(({ severity }) => severity === "error").map(({ span }) => span.line - 2),
    );
    expect(rejected.size).toBeGreaterThan(0);
    accepted = accepted.filter((_, i) => !rejected.has(i));
  }
}

function differences(
  lines: readonly string[],
  dialect: "att" | "intel",
  expected: readonly (string | null)[],
): string[] {
  const ours = ourLines(lines, dialect);
  const found: string[] = [];
  lines.forEach((line, i) => {
    const theirs = expected[i] ?? null;
    const mine = ours[i] ?? null;
    if (theirs === mine) return;
    if (theirs === null && isKnownToo(line)) return;
    if (mine === null && isKnownNot(line)) return;
    found.push(`${line}: GNU as ${theirs ?? "rejects it"}, here ${mine ?? "rejected"}`);
  });
  return found;
}

const readFixture = (name: string) => readFileSync(new URL(`fixtures/${name}.s`, import.meta.url), "utf8");

function ourObject(name: string) {
  const { object, diagnostics } = assemble({ path: `${name}.s`, text: readFixture(name) });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return object === undefined ? undefined : readElf(writeElfObject(object));
}

describe("what GNU as made of the corpus (recorded)", () => {
  const recorded = readRecorded();

  it.each(dialects)(
    "each line has the same bytes and relocations: %s",
    (dialect) => {
      const entries = Object.entries(recorded.lines[dialect]);
      expect(entries.length).toBeGreaterThan(8000);
      const lines = entries.map(([line]) => line);
      const expected = entries.map(([, bytes]) => bytes);
      expect(differences(lines, dialect, expected)).toEqual([]);
    },
    3 * minutes,
  );

  it("the record is of the corpus", () => {
    const lists = corpus();
    for (const dialect of dialects) expect(Object.keys(recorded.lines[dialect])).toEqual(lists[dialect]);
  });

  it.each(fixtureNames)("the file is the same: %s", (name) => {
    expect(ourObject(name)).toEqual(recorded.fixtures[name]);
  });
});

describe.runIf(hasGnuAs())("GNU as itself", () => {
  it(
    "agrees with the record, so that the record is what GNU as says",
    () => {
      const recorded = readRecorded();
      for (const dialect of dialects) {
        const lines = Object.keys(recorded.lines[dialect]).filter((_, i) => i % 10 === 0);
        const expected = gnuLines(lines, dialect);
        expect(differences(lines, dialect, expected)).toEqual([]);
      }
    },
    3 * minutes,
  );

  it.each(fixtureNames)("makes the same file: %s", (name) => {
    expect(ourObject(name)).toEqual(runGnuAs(readFixture(name)).object);
  });

  const root = new URL("../../../", import.meta.url);
  const guest = ["runtime/guest", "samples"].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".s"))
      .map((name) => `${folder}/${name}`),
  );
  it.each(guest)("makes the same of %s", (path) => {
    const text = readFileSync(new URL(path, root), "utf8");
    const { object, diagnostics } = assemble({ path, text });
    expect(diagnostics).toEqual([]);
    const ours = object === undefined ? undefined : readElf(writeElfObject(object));
    expect(ours).toEqual(runGnuAs(text).object);
  });
});
