import { afterEach, expect, test } from "vitest";
import { guestLibraryMember } from "../../runtime/guest/library.js";
import { place, Session } from "./session.js";

let session: Session;
afterEach(() => session.dispose());

const uri = "file:///c%3A/Users/Ada/program.s";
const included = "file:///c%3A/Users/Ada/lib/sizes.s";
const text = `        .include "lib/sizes.s"
        .set    LIMIT, 3
        .macro  twice what
        \\what
        \\what
        .endm
        .globl  main
main:   mov     $LIMIT, %ebx            # LIMIT here is a comment
        twice   nop
1:      dec     %ebx
        jnz     1b
        jmp     1f
        mov     $SIZE, %edi
1:      call    gt_yield
        lea     message(%rip), %rdi
        jmp     .Lout
.Lout:  ret
message: .string "LIMIT"
`;

/** `line:character` (from 0) of the first definition, with its file where that is another. */
async function definitionOf(word: string, shift = 0): Promise<string | null> {
  const { line, character } = place(text, word);
  const found = await session.definition(uri, line, character + shift);
  const first = Array.isArray(found) ? found[0] : found;
  if (first === null || first === undefined) return null;
  const at = `${first.range.start.line}:${first.range.start.character}`;
  return first.uri === uri ? at : `${first.uri} ${at}`;
}

test("labels, constants, macros, included files and the guest library", async () => {
  session = await Session.inProcess({ [included]: "# sizes\n  .set SIZE, 8\n" });
  await session.open(uri, text);
  await session.diagnostics(uri);
  expect(await definitionOf("LIMIT, %ebx")).toBe("1:16");
  expect(await definitionOf("$LIMIT, %ebx", 3)).toBe("1:16");
  expect(await definitionOf("message(%rip)", 4)).toBe("17:0");
  expect(await definitionOf(".Lout\n")).toBe("16:0");
  expect(await definitionOf("1b")).toBe("9:0");
  expect(await definitionOf("1f")).toBe("13:0");
  expect(await definitionOf("twice   nop")).toBe("2:16");
  expect(await definitionOf("SIZE, %edi")).toBe(`${included} 1:7`);
  expect(await definitionOf("lib/sizes.s", 5)).toBe(`${included} 0:0`);

  const library = guestLibraryMember("green-threads:/green_threads.s")?.text ?? "";
  const line = library.split("\n").indexOf("gt_yield:");
  expect(line).toBeGreaterThan(0);
  expect(await definitionOf("gt_yield")).toBe(`green-threads:/green_threads.s ${line}:0`);
});

test("nothing for comments, texts, registers, instructions and the unknown", async () => {
  session = await Session.inProcess({ [included]: "  .set SIZE, 8\n" });
  await session.open(uri, text);
  for (const word of ["LIMIT here", 'LIMIT"', "%ebx", "dec", "        .globl"]) {
    expect(await definitionOf(word, word.startsWith(" ") ? 0 : 1), word).toBeNull();
  }
  expect(await session.definition("file:///nowhere.s", 0, 0)).toBeNull();
  expect(await session.definition(uri, 1000, 0)).toBeNull();
});
