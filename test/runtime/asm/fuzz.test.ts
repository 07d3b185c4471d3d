import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { analyse, LineCache } from "../../../runtime/asm/analysis.js";
import { assemble } from "../../../runtime/asm/assembler.js";
import { link } from "../../../runtime/link/link.js";
import { corpus, fixtureNames } from "./corpus.js";

/** A small generator of numbers with a seed (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const pieces = [
  ..."()[]{}%$*,:;#\"'\\/@=+-<>!&|^~. \t\n0189afxé😀",
  "%rax", "(%rbx,%rcx,4)", "$5", ".byte ", ".macro m x\n", ".endm\n", ".rept 3\n", ".endr\n", ".if 1\n", ".else\n",
  ".endif\n", "1f", "1b", "1:", ".intel_syntax noprefix\n", ".att_syntax\n", "qword ptr ", "offset ", "{%k1}", "{z}",
  "{rn-sae}", "/*", "*/", ".section ", ".set x, ", "x = x + 1\n", ".align ", ".org ", ".skip ", "x - y", "0x", "\\x",
]; // biome-ignore format: a list of fragments

function mutate(text: string, next: (below: number) => number): string {
  let result = text;
  for (let count = 1 + next(4); count > 0; count--) {
    const at = next(result.length + 1);
    const length = next(6);
    const piece = pieces[next(pieces.length)] ?? "";
    result =
      next(3) === 0 ? result.slice(0, at) + result.slice(at + length) : result.slice(0, at) + piece + result.slice(at);
  }
  return result;
}

/** Assembles and links; every diagnostic must have a place inside the text. */
function check(text: string): void {
  const { object, diagnostics } = assemble({ path: "fuzz.s", text });
  const lines = text.split("\n").length;
  for (const { span, message } of diagnostics) {
    expect(span.line).toBeGreaterThan(0);
    expect(span.line).toBeLessThanOrEqual(lines + 1);
    expect(span.column).toBeGreaterThan(0);
    expect(span.endColumn).toBeGreaterThan(span.column);
    expect(message).not.toBe("");
  }
  if (object !== undefined) link([object]);
  else expect(diagnostics.some(({ severity }) => severity === "error")).toBe(true);
}

describe("whatever is written", () => {
  it("mutated lines are assembled or rejected, never thrown at", () => {
    const next = random(1);
    const { att, intel } = corpus();
    for (let i = 0; i < 3000; i++) {
      const isIntel = next(3) === 0;
      const lines = isIntel ? intel : att;
      const line = mutate(lines[next(lines.length)] ?? "", next);
      check(isIntel ? `.intel_syntax noprefix\n${line}` : line);
    }
  }, 120_000);

  it("mutated files are assembled or rejected, never thrown at", () => {
    const next = random(2);
    const files = fixtureNames.map((name) => readFileSync(new URL(`fixtures/${name}.s`, import.meta.url), "utf8"));
    for (let i = 0; i < 150; i++) check(mutate(files[next(files.length)] ?? "", next));
  }, 120_000);

  it("an edited document is analysed as a fresh one is", () => {
    const next = random(3);
    const cache = new LineCache();
    let text = readFileSync(new URL("fixtures/macros.s", import.meta.url), "utf8");
    for (let i = 0; i < 60; i++) {
      text = mutate(text, next);
      const kept = analyse({ path: "edit.s", text }, {}, cache);
      const fresh = analyse({ path: "edit.s", text });
      expect(kept.diagnostics).toEqual(fresh.diagnostics);
      expect(kept.symbols).toEqual(fresh.symbols);
    }
  }, 120_000);
});
