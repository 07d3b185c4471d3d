import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { assemble } from "../../../runtime/asm/assembler.js";
import { preprocess } from "../../../runtime/asm/preprocessor/preprocess.js";

const cases: readonly (readonly [string, string])[] = [
  ["objects and functions", "#define N 5\n#define ADD(a, b) a + b\n .long ADD(N, ADD(1, 2))\n"],
  ["names joined", "#define L(n) .L ## n\n#define CAT(a,b) a##b\nL(x): jmp L(x)\n .long CAT(1,2), CAT(,3), CAT(4,)\n"],
  ["strings", '#define S(x) #x\n .ascii S(a  "b\\n" c)\n'],
  ["rescan", "#define f(a) a*g\n#define g(a) f(a)\n f(2)(9)\n#define x x + y\n#define y x\n x y\n"],
  ["variadic", "#define V(a, ...) a, ## __VA_ARGS__\n V(1) V(1,2,3)\n#define W(r...) r\n W(1,2) W()\n"],
  [
    "conditions",
    "#if defined(__x86_64__) && !(1 - 1u > 5) && (2 > 1 ? 1 : 0)\n nop\n#elif 1\n ud2\n#else\n hlt\n#endif\n",
  ],
  ["ifs inside", "#ifdef A\n#if 1\n hlt\n#endif\n#else\n nop\n#endif\n#ifndef A\n ret\n#endif\n"],
  ["lines joined and comments", "#define M(a) \\\n  mov a, %eax; \\\n  ret\n/* one\n two */ M($1) // no\n nop\n"],
  ["calls over lines", "#define P(a, b) a; b\n P(nop,\n ret)\n hlt\n"],
  ["undef", "#define A nop\n A\n#undef A\n.set A, 1\n"],
  ["registers", "#define dst rdi\n mov %dst, %rax\n mov (%dst,%rax,8), %dst\n"],
];

/** The text without the white space that tells nothing. */
const squeezed = (text: string) =>
  text
    .replace(/^\s*#.*$/gm, "")
    .replace(/([^\w.$%])\s+|\s+(?=[^\w.$%])/g, "$1")
    .replace(/\s+/g, " ")
    .trim();

function ours(text: string): string {
  const source = { path: "x.S", text };
  const problems: string[] = [];
  const host = {
    read: () => undefined,
    sources: [source],
    report: (_: string, __: unknown, m: string) => problems.push(m),
  };
  const lines = preprocess(source, {}, host).map((line) => line.text);
  expect(problems).toEqual([]);
  return lines.join("\n");
}

const hasGcc = spawnSync("gcc", ["--version"]).status === 0;

describe("the C preprocessor", () => {
  it.runIf(hasGcc).each(cases)("leaves what gcc -E leaves: %s", (_, text) => {
    const gcc = spawnSync("gcc", ["-E", "-P", "-x", "assembler-with-cpp", "-"], { input: text, encoding: "utf8" });
    expect(gcc.status).toBe(0);
    expect(squeezed(ours(text))).toBe(squeezed(gcc.stdout));
  });

  it("includes, and names mistakes where they stand", () => {
    const header = { path: "h.h", text: "#pragma once\n#define BAD mov %eax, %rbx\n" };
    const text = '#include "h.h"\n#include "h.h"\n nop\n BAD\n#if 0\n mvo\n#endif\n mvo %eax\n#error no\n';
    const { diagnostics } = assemble(
      { path: "x.S", text },
      { readInclude: (target) => (target === "h.h" ? header : undefined) },
    );
    expect(diagnostics.map(({ span }) => `${span.path}:${span.line}:${span.column}`)).toEqual([
      "x.S:4:2",
      "x.S:8:2",
      "x.S:9:2",
    ]);
  });

  it("ends what expands or includes itself without end", () => {
    const bomb = Array.from({ length: 40 }, (_, i) => `#define A${i + 1} A${i} A${i}\n`).join("");
    expect(assemble({ path: "x.S", text: `#define A0 nop;\n${bomb}A40\n` }).object).toBeUndefined();
    const self = { path: "x.S", text: '#include "x.S"\n' };
    expect(assemble(self, { readInclude: () => self }).object).toBeUndefined();
  });
});
