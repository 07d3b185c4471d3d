import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { demangle } from "../../../runtime/object/demangle/demangle.js";
import { fixtures, hasTools, output, Workshop } from "./toolchain.js";

// How binutils write packs that old compilers spelled differently, and names that refer to the parameters of another
// function: of 163,617 symbols, 57 came out otherwise.
const mostDifferences = 0.001;

describe("demangled names", () => {
  it("are those that c++filt told", () => {
    const lines = readFileSync(join(fixtures, "mangled-names.txt"), "utf8").trim().split("\n");
    expect(lines.length).toBeGreaterThan(600);
    for (const line of lines) {
      const [symbol = "", ...name] = line.split(" ");
      expect(demangle(symbol) ?? symbol).toBe(name.join(" "));
    }
  });

  it.each([
    ["main"],
    ["_Z"],
    ["_R"],
    ["_ZN"],
    ["_ZN3abc"],
    ["_RNvC"],
    ["_RNvC9short"],
    ["_ZZZZZZ"],
    ["_ZN1aE1bE"],
    ["_RNvB_1a"],
    ["_ZS0_"],
  ])("%s is none", (symbol) => {
    expect(demangle(symbol)).toBeUndefined();
  });

  it("of symbols with anything changed never throw and never hang", () => {
    const symbols = readFileSync(join(fixtures, "mangled-names.txt"), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[0] ?? "");
    const letters = "_ZRNIEST0123456789JDpCBLXMF";
    let state = 7;
    const random = (limit: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * limit);
    };
    for (const symbol of symbols) {
      for (let count = 0; count < 8; count++) {
        const at = 2 + random(symbol.length);
        demangle(symbol.slice(0, at) + letters[random(letters.length)] + symbol.slice(at + random(3)));
      }
    }
  });
});

const library = "/usr/lib/x86_64-linux-gnu/libstdc++.so.6";

describe.runIf(hasTools("nm", "c++filt"))("demangled names beside c++filt", () => {
  const workshop = new Workshop();
  afterAll(() => workshop.remove());

  it.runIf(existsSync(library))("of the C++ library", () => {
    compare(
      symbolsOf("-D", library).filter((symbol) => symbol.startsWith("_Z")),
      [],
    );
  });

  it.runIf(hasTools("rustc")).each([["legacy"], ["v0"]])("of a Rust program, %s", (scheme) => {
    process.env.RUSTC_BOOTSTRAP = "1";
    const { path } = workshop.compile("shapes.rs", `-Csymbol-mangling-version=${scheme}`, "-Zunstable-options");
    const symbols = symbolsOf(path).filter((symbol) => /^_R|^_ZN.*17h[0-9a-f]{16}E$/.test(symbol));
    compare(symbols, ["-s", "rust"]);
  });

  function symbolsOf(...args: readonly string[]): string[] {
    const names = output("nm", args)
      .split("\n")
      .map((line) => (line.split(" ").at(-1) ?? "").replace(/@.*/, ""));
    return [...new Set(names)];
  }

  function compare(symbols: readonly string[], options: readonly string[]): void {
    expect(symbols.length).toBeGreaterThan(500);
    const expected = output("c++filt", ["-i", ...options], symbols.join("\n"))
      .trimEnd()
      .split("\n");
    const differences = symbols.flatMap((symbol, index) => {
      const ours = demangle(symbol) ?? symbol;
      return ours === expected[index] ? [] : [{ symbol, ours, expected: expected[index] }];
    });
    const allowed = Math.floor(symbols.length * mostDifferences);
    expect(differences.length, JSON.stringify(differences.slice(0, 3))).toBeLessThanOrEqual(allowed);
  }
});
