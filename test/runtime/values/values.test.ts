/** Variables of compiled programs as one line each, in the types of their language and its library. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import { type Debuggee, type FrameVariable, partsOf, summary, type ValueSource } from "../../../runtime/debuggee.js";
import { hasTools } from "../object/toolchain.js";
import { type Language, stopIn } from "./programs-at-stop.js";

const folder = mkdtempSync(join(tmpdir(), "green-threads-values-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Stop {
  readonly debuggee: Debuggee;
  readonly source: ValueSource;
  /** By name; of several, the innermost. */
  readonly variables: ReadonlyMap<string, FrameVariable>;
}

/** Runs a program to the line that says "here", where all its variables are. */
async function stopped(language: Language, level = "-O0"): Promise<Stop> {
  const { debuggee } = await stopIn(folder, language, level);
  const source = {
    read: (address: bigint, size: number) => debuggee.memory.read(guestAddress(address), size),
    describe: () => undefined,
  };
  const locals = debuggee.locals(debuggee.currentThread(), 0);
  const all = [...locals, ...debuggee.globals(debuggee.currentThread(), 0)];
  return { debuggee, source, variables: new Map(all.filter((one) => !one.isHidden).map((one) => [one.name, one])) };
}

/** Each variable as one line, those in `names` alone. */
function lines({ variables, source }: Stop, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const variable = variables.get(name);
      return [
        name,
        variable === undefined ? "none" : summary(variable.value, source).replaceAll(/0x[0-9a-f]{5,}/g, "0x…"),
      ];
    }),
  );
}

describe.runIf(hasTools("gcc"))("C", () => {
  const expected = {
    a: "99",
    c: "120 'x'",
    ld: "1.25",
    f: "0.1",
    col: "GREEN",
    p: "0x…",
    argv: "0x…",
    grid: "[[1, 2, 3], [4, 5, 6]]",
    n: "{i: 1069547520, f: 1.5}",
    local: '{x: 7, y: 2.25, name: 0x… "seven", next: 0x…, flag: 5, rest: 9}',
    yes: "true",
    big: "18446744073709551615",
    huge: "-5",
    global_counter: "42",
    buffer: '"hi there"',
  };

  it("base types, pointers, arrays, structs, unions, bit fields", async () => {
    expect(lines(await stopped("c"), Object.keys(expected))).toEqual(expected);
  });

  it("unfold to members, elements and what pointers point to", async () => {
    const { variables, source } = await stopped("c");
    const value = variables.get("local")?.value;
    const next = value && partsOf(value, source).named.find(({ name }) => name === "next");
    const parts = next && partsOf(next.value, source);
    expect(parts?.named.map(({ name, access, value }) => [name, access, summary(value, source)])).toEqual([
      ["x", ".x", "1"],
      ["y", ".y", "0.1"],
      ["name", ".name", expect.stringMatching(/"one"$/)],
      ["next", ".next", "0x0"],
      ["flag", ".flag", "1"],
      ["rest", ".rest", "2"],
    ]);
    const grid = variables.get("grid")?.value;
    expect(
      grid &&
        partsOf(grid, source)
          .elements(1, 1)
          .map(({ name }) => name),
    ).toEqual(["[1]"]);
  });

  it("of optimized code: the same value, or that there is none", async () => {
    const stop = await stopped("c", "-O2");
    for (const [name, text] of Object.entries(lines(stop, Object.keys(expected)))) {
      const isKnown = !/^<|^none$/.test(text);
      // The caller, which all was inlined into, has a p of its own.
      if (isKnown && !["global_counter", "a", "p"].includes(name))
        expect([name, text]).toEqual([name, expected[name as "c"]]);
    }
  });
});

describe.runIf(hasTools("g++"))("C++", () => {
  it("the types of the standard library as what they stand for", async () => {
    const expected = {
      text: '"short"',
      numbers: "[1, 2, 3]",
      owned: expect.stringMatching(/label: "derived thing that is long enough for the heap"/),
      maybe: "2.5",
      kind: "Kind::large",
      names: '["x", "yy"]',
      shared: "8",
      nothing: "nullopt",
      reference: "1",
    };
    expect(lines(await stopped("cc"), Object.keys(expected))).toEqual(expected);
  });
});

describe.runIf(hasTools("rustc"))("Rust", () => {
  it("slices, strings, enums with data, collections and boxes", async () => {
    const expected = {
      numbers: "[1, 2, 3]",
      name: '"hello"',
      shape: "Square(2, 3)",
      pair: "{first: 1, second: Some(2)}",
      v: '["a", "bcd"]',
      rc: "5",
      none: "None",
      some: "Some(17)",
      t: "(1, 'x', true)",
      res: 'Err("bad")',
      total: "17",
    };
    const stop = await stopped("rs");
    expect(lines(stop, Object.keys(expected))).toEqual(expected);
    const map = stop.variables.get("map")?.value;
    const elements =
      map &&
      partsOf(map, stop.source)
        .elements(0, 10)
        .map(({ value }) => summary(value, stop.source));
    expect(elements?.sort()).toEqual(['(1, "one")', '(2, "two")']);
  });
});
