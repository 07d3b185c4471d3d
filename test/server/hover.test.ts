import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { directiveNames, mnemonicNames, parseLine, registerNames } from "../../runtime/asm/analysis.js";
import { candidatesOf } from "../../runtime/asm/mnemonics.js";
import { initialParseState } from "../../runtime/asm/syntax.js";
import { guestLibrary } from "../../runtime/guest/library.js";
import { describedDirectives } from "../../server/data/directives.js";
import { instructionSummary, summarisedMnemonics } from "../../server/data/instructions.js";
import { samples, sampleText } from "../samples/sample-list.js";
import { Session } from "./session.js";

const uri = "memfs:/a.s";
const text = `        .set    LIMIT, 0x41
# Counts down.
#   edi: from where
        .globl  count
        .type   count, @function
count:  movq    %rdi, %rax
        movzbl  %bh, %eax
        add     %r8d, %eax
        rep stosq
        jne     .Lend
        cmovb   %eax, %ecx
        movq    %xmm0, %r9
        addps   %xmm6, %xmm1
        mov     $0x41, %esi
        mov     $0xffffffffffffffff, %r15
        mov     %gs:8, %r12w
        call    gt_yield
        call    print_integer
.Lend:  ret                             # rax in a comment
        .balign 16
        .string "rbx"
        .intel_syntax noprefix
        xadd    [rbp], r9
`;

let session: Session;
beforeAll(async () => {
  session = await Session.inProcess();
  await session.open(uri, text);
});
afterAll(() => session.dispose());
const hover = (word: string) => session.hoverText(uri, text, word);

describe("instructions", () => {
  test("summary, bytes and forms", async () => {
    expect(await hover("movq")).toMatch(
      /^\*\*movq\*\* \(mov\)\n\nCopies the source to the destination\.\n\nAssembled: `48 89 f8`\n\n```text\nmov /,
    );
    expect(await hover("movq")).toContain("mov r/m64, r64");
    expect(await hover("movq    %xmm0")).toContain("Moves 8 bytes");
    expect(await hover("xadd")).toContain("xadd r/m64, r64");
    expect(await hover("xadd")).toContain("Flags: OF SF ZF AF PF CF from the result.");
  });
  test("prefixes, conditions, extensions and vectors", async () => {
    expect(await hover("rep stosq")).toContain("Repeats the string instruction behind it rcx times.");
    expect(await hover("stosq")).toContain("Stores rax at [rdi]");
    expect(await hover("jne")).toContain("Jumps if not equal, or not zero: ZF = 0.");
    expect(await hover("cmovb")).toContain("below (unsigned <)");
    expect(await hover("movzbl")).toContain("zeros fill the upper bits");
    expect(await hover("addps")).toContain("Adds packed singles.");
  });
});

describe("registers", () => {
  test("role, family and preservation", async () => {
    expect(await hover("%rdi")).toContain("| System V | argument 1 | changed by called functions |");
    expect(await hover("%rdi")).toContain("| Windows x64 | free | preserved by called functions |");
    expect(await hover("%rdi")).toContain("`rdi` ⊃ `edi` ⊃ `di` ⊃ `dil`");
    expect(await hover("%bh")).toContain("bits 15:8 `rbx`");
    expect(await hover("%r8d")).toContain("clears the upper half of `r8`");
    expect(await hover("%r12w")).toContain("lowest 16 bits of `r12`");
    expect(await hover("%xmm6")).toContain("| Windows x64 | free | preserved by called functions |");
    expect(await hover("%xmm1")).toContain("floating-point argument 2, result");
    expect(await hover("%gs")).toContain("Thread Information Block");
    expect(await hover("rbp], r9")).toContain("64-bit register");
  });
});

describe("symbols, directives and numbers", () => {
  test("a constant with its value", async () => {
    expect(await hover("LIMIT")).toContain("**LIMIT** = 65 (0x41): constant, a.s, line 1");
  });
  test("a function with the comment above it", async () => {
    expect(await hover("count:")).toBe(
      "**count**: global function in .text, a.s, line 6\n\n```text\nCounts down.\n  edi: from where\n```",
    );
  });
  test("what the guest library defines", async () => {
    expect(await hover("gt_yield")).toContain("Round robin");
    expect(await hover("print_integer")).toContain("Part of the guest library.");
  });
  test("directives", async () => {
    expect(await hover(".balign")).toBe("`.balign N`\n\nFills up to a multiple of N bytes.");
  });
  test("numbers", async () => {
    expect(await hover("0x41, %esi")).toBe(
      "decimal `65`  \nhexadecimal `0x41`  \nbinary `0b1000001`  \ncharacter `'A'`",
    );
    expect(await hover("0xffffffffffffffff")).toContain("signed, 8 bytes `-1`");
  });
  test("nothing in comments and texts", async () => {
    expect(await hover("rax in a comment")).toBeUndefined();
    expect(await hover('rbx"')).toBeUndefined();
    expect(await hover("            # rax")).toBeUndefined();
  });
});

describe("the data", () => {
  test("summaries are of instructions that exist", () => {
    const known = new Set([...mnemonicNames(), "lock", "rep", "repe", "repne"]);
    const notIn64BitMode = ["aaa", "jcxz"];
    expect(summarisedMnemonics().filter((name) => !known.has(name) && !notIn64BitMode.includes(name))).toEqual([]);
  });
  test("directives are those of the assembler", () => {
    const known = new Set(directiveNames());
    expect(describedDirectives().filter((name) => !known.has(name))).toEqual([]);
  });
  test("summaries are sentences", () => {
    for (const name of summarisedMnemonics()) {
      const summary = instructionSummary(name) ?? "";
      expect(summary, name).toMatch(/^[A-Z].*\.$/);
      expect(summary, name).not.toContain("%");
    }
  });
  test("every instruction of the samples and the guest library has one", () => {
    const missing = new Set<string>();
    for (const source of [...samples.map(sampleText), ...guestLibrary.map(({ text }) => text)]) {
      let state = initialParseState;
      for (const line of source.split("\n")) {
        const parsed = parseLine(line, state);
        state = parsed.after;
        for (const statement of parsed.statements) {
          if (statement.kind !== "instruction") continue;
          const { text: name } = statement.mnemonic;
          const rows = candidatesOf(name, statement.dialect).flatMap((candidate) => candidate.rows);
          if (!rows.some(({ mnemonic }) => instructionSummary(mnemonic) !== undefined)) missing.add(name);
        }
      }
    }
    expect([...missing]).toEqual([]);
  });
  test("every register has a text", async () => {
    const names = registerNames().filter((name) => !name.includes("("));
    await session.open("memfs:/registers.s", names.map((name) => `  push %${name}`).join("\n"));
    for (const [line, name] of names.entries()) {
      const hover = await session.hover("memfs:/registers.s", line, 8);
      expect(hover?.contents, name).toMatchObject({ value: expect.stringContaining(`**${name}**`) });
    }
  });
});
