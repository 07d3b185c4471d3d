/** The view numbers of `.loc`, as GNU as counts them. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { assemble } from "../../../runtime/asm/assembler.js";
import { writeElfObject } from "../../../runtime/asm/elf-object.js";
import { hasGnuAs, runGnuAs } from "./gnu-as.js";
import { type ReadObject, readElf } from "./read-elf.js";

function ours(text: string): ReadObject {
  const { object, diagnostics } = assemble({ path: "views.s", text });
  if (object === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return readElf(writeElfObject(object));
}

const views = `\t.file "a.c"
\t.text
\t.file 1 "a.c"
f:
\t.loc 1 1 1 view .LVU0
\t.loc 1 2 1 view .LVU1
\tnop
\t.loc 1 3 1 view .LVU2
\t.loc 1 3 3 is_stmt 0 view .LVU3
\t.loc 1 4 1 is_stmt 1 view .LVU4
\tje .Lfar
\t.loc 1 5 1 view .LVU5
\tje f
\t.loc 1 5 2 view .LVU6
\t.p2align 4,,10
\t.p2align 3
\t.loc 1 6 1 view .LVU7
\t.balign 1
\t.loc 1 7 1 view .LVU8
\t.loc 1 8 1 discriminator 2 view .LVU9
\tret
\t.loc 1 9 1
\t.loc 1 9 2 view -0
\t.loc 1 10 1 view .LVU10
\tnop
\t.balign 2
\t.loc 1 11 1 view .LVU11
\t.section .text.cold,"ax",@progbits
\t.loc 1 20 1 view .LVU12
\t.loc 1 21 1 view .LVU13
\tnop
\t.text
\t.loc 1 12 1 view .LVU14
\t.loc 1 13 1 view .LVU15
\t.skip 200
.Lfar:
\t.loc 1 14 1 view .LVU16
\t.section .views,"",@progbits
${Array.from({ length: 17 }, (_, i) => `\t.uleb128 .LVU${i}\n`).join("")}`;

const program = `
struct pair { long a, b; };
static inline long twice(long x) { long y = x * 2; if (y > 7) y -= x; return y; }
long sum(const struct pair *p, int n) {
  long total = 0;
  for (int i = 0; i < n; i++) { long a = p[i].a, b = twice(p[i].b); if (a < b) { long t = a; a = b; b = t; } total += a - b; }
  return total;
}
int main(int argc, char **argv) { struct pair p[2] = {{argc, 2}, {3, argv[0][0]}}; return (int)sum(p, 2) + (int)twice(argc); }
`;

describe("views of .loc", () => {
  /** Of GNU as 2.40. */
  const recorded = "0001000102000000010201000001010200";
  it("are counted as GNU as counts them", () => {
    expect(ours(views).sections[".views"]?.bytes).toBe(recorded);
  });
  it.runIf(hasGnuAs())("are what GNU as says today", () => {
    expect(runGnuAs(views).object?.sections[".views"]?.bytes).toBe(recorded);
  });

  const hasGcc = spawnSync("gcc", ["--version"]).status === 0;
  it.runIf(hasGnuAs() && hasGcc).each(["-O0", "-O1", "-O2", "-O3"])("in what gcc -g %s writes", (level) => {
    const { stdout } = spawnSync("gcc", ["-g", level, "-S", "-x", "c", "-o", "-", "-"], {
      input: program,
      encoding: "utf8",
    });
    const expected = runGnuAs(stdout).object?.sections;
    const { sections } = ours(stdout);
    for (const name of [".text", ".debug_info", ".debug_abbrev", ".debug_loclists", ".debug_rnglists", ".debug_str"]) {
      expect([name, sections[name]?.bytes]).toEqual([name, expected?.[name]?.bytes]);
    }
    // Without optimising, places of variables do not change.
    if (level !== "-O0") expect(sections[".debug_loclists"]?.bytes.length).toBeGreaterThan(100);
  });

  it("keep a name that is defined already", () => {
    const { diagnostics } = assemble({ path: "views.s", text: "f: nop\n.loc 1 1 1 view f\nnop\n" });
    expect(diagnostics.map(({ message, span }) => [span.line, message])).toEqual([
      [2, "`f` is already defined, so it cannot name a view."],
    ]);
  });
});
