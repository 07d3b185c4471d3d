import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { assemble } from "../../../runtime/asm/assembler.js";
import { writeElfObject } from "../../../runtime/asm/elf-object.js";
import { preprocess } from "../../../runtime/asm/preprocessor/preprocess.js";
import { readElf } from "./read-elf.js";

/** Title, text, and what gcc 12 leaves of it. */
const cases: readonly (readonly [string, string, string])[] = [
  ["objects and functions", "#define N 5\n#define ADD(a, b) a + b\n .long ADD(N, ADD(1, 2))\n", ".long 5+1+2"],
  [
    "names joined",
    "#define L(n) .L ## n\n#define CAT(a,b) a##b\nL(x): jmp L(x)\n .long CAT(1,2), CAT(,3), CAT(4,)\n",
    ".Lx:jmp .Lx .long 12,3,4",
  ],
  ["strings", '#define S(x) #x\n .ascii S(a  "b\\n" c)\n', '.ascii"a\\"b\\\\n\\"c"'],
  ["rescan", "#define f(a) a*g\n#define g(a) f(a)\n f(2)(9)\n#define x x + y\n#define y x\n x y\n", "2*9*g x+x x+y"],
  ["variadic", "#define V(a, ...) a, ## __VA_ARGS__\n V(1) V(1,2,3)\n#define W(r...) r\n W(1,2) W()\n", "1 1,2,3 1,2"],
  [
    "conditions",
    "#if defined(__x86_64__) && !(1 - 1u > 5) && (2 > 1 ? 1 : 0)\n nop\n#elif 1\n ud2\n#else\n hlt\n#endif\n",
    "nop",
  ],
  ["ifs inside", "#ifdef A\n#if 1\n hlt\n#endif\n#else\n nop\n#endif\n#ifndef A\n ret\n#endif\n", "nop ret"],
  [
    "lines joined and comments",
    "#define M(a) \\\n  mov a, %eax; \\\n  ret\n/* one\n two */ M($1) // no\n nop\n",
    "mov $1,%eax;ret nop",
  ],
  ["calls over lines", "#define P(a, b) a; b\n P(nop,\n ret)\n hlt\n", "nop;ret hlt"],
  ["undef", "#define A nop\n A\n#undef A\n.set A, 1\n", "nop .set A,1"],
  [
    "empty arguments beside ##",
    "#define J(a, b, c) a##b##c\n#define K(a) x ## a y\n#define H(a, b) a ## #b\n#define Q(a) [a ## z]\n J(1,,3) J(,2,) J(,,3) J(,,) end K() K(1) H(,s) Q() Q(q)\n",
    '13 2 3 end x y x1 y"s"[z][qz]',
  ],
  [
    "names that come of ##",
    "#define ab 7\n#define J(a, b) a##b\n#define ONE J(a,b)\n J(a,b) ONE J(,ab) J(ab,)\n",
    "7 7 7 7",
  ],
  ["registers", "#define dst rdi\n mov %dst, %rax\n mov (%dst,%rax,8), %dst\n", "mov %rdi,%rax mov(%rdi,%rax,8),%rdi"],
];

/** In the manner of fiber libraries: a context on the stack, parts of it by choice of the build. */
const switchRoutine = String.raw`/* void *jump_context(void *to, void *transfer) */
#define EVEN(bytes) (((bytes) + 15) & ~15)
#define FUNCTION(name) .globl name; .type name, @function; .p2align 4; name
#ifdef USE_SSE
# define FLOATING 8
#else
# define FLOATING 0
#endif
#if defined(__CET__) && (__CET__ & 1)
# define LANDING endbr64;
#else
# define LANDING
#endif
#define SLOT(n) (FLOATING + 8 * (n))(%rsp)
#define EACH(do) do(movq, %r12, 0) \
  do(movq, %r13, 1) \
  do(movq, %r14, 2); do(movq, %r15, 3)
#define STORE(op, reg, n) op reg, SLOT(n);
#define LOAD(op, reg, n) op SLOT(n), reg;
    .text
FUNCTION(jump_context):
    LANDING
    leaq -EVEN(FLOATING + 0x28)(%rsp), %rsp   // room for the context
#if FLOATING > 0
    stmxcsr (%rsp)
    fnstcw  4(%rsp)
#endif
    EACH(STORE)
    xchgq %rsp, %rdi
#if FLOATING > 0
    ldmxcsr (%rsp)
    fldcw   4(%rsp)
#endif
    EACH(LOAD)
    leaq EVEN(FLOATING + 0x28)(%rsp), %rsp
    movq %rdi, %rax
    popq %r8
    jmp *%r8
    .size jump_context, .-jump_context
`;

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
  it.each(cases)("leaves what gcc -E leaves: %s", (_, text, recorded) => {
    expect(squeezed(ours(text))).toBe(recorded);
    if (!hasGcc) return;
    const gcc = spawnSync("gcc", ["-E", "-P", "-x", "assembler-with-cpp", "-"], { input: text, encoding: "utf8" });
    expect(squeezed(gcc.stdout)).toBe(recorded);
  });

  it.runIf(hasGcc).each([[], ["-DUSE_SSE"], ["-D__CET__=3"]])(
    "makes gcc's object of a switch routine of a fiber library %s",
    (...defines: string[]) => {
      const folder = mkdtempSync(join(tmpdir(), "green-threads-preprocessor-"));
      try {
        const [source, output] = [join(folder, "jump.S"), join(folder, "jump.o")];
        writeFileSync(source, switchRoutine);
        execFileSync("gcc", ["-fcf-protection=none", ...defines, "-c", source, "-o", output]);
        const expected = readElf(readFileSync(output)).sections[".text"];
        const { object, diagnostics } = assemble(
          { path: "jump.S", text: switchRoutine },
          { preprocess: { defines: defines.map((define) => define.slice(2)) } },
        );
        expect(diagnostics).toEqual([]);
        const found = object && readElf(writeElfObject(object)).sections[".text"];
        expect(found).toEqual(expected);
        expect(found?.bytes.length).toBeGreaterThan(50);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

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
