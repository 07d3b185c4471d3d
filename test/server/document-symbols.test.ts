import { afterEach, expect, test } from "vitest";
import { type DocumentSymbol, SymbolKind } from "vscode-languageserver-protocol";
import { Session } from "./session.js";

let session: Session;
afterEach(() => session.dispose());

const kindNames = new Map(Object.entries(SymbolKind).map(([name, value]) => [value, name]));

/** `Function main 1-5`, lines from 1; inner ones are indented. */
function describe(symbols: readonly DocumentSymbol[], indent = ""): string[] {
  return symbols.flatMap(({ kind, name, range, children, detail }) => [
    `${indent}${kindNames.get(kind)} ${name} ${range.start.line + 1}-${range.end.line + 1} ${detail ?? ""}`.trimEnd(),
    ...describe(children ?? [], `${indent}  `),
  ]);
}

test("functions hold their labels; data, constants and macros stand beside them", async () => {
  session = await Session.inProcess();
  await session.open(
    "memfs:/a.s",
    `        .set    LIMIT, 0x10
        .text
        .globl  main
        .type   main, @function
main:
        xor     %eax, %eax
.Lagain:
        inc     %eax
        cmp     $LIMIT, %eax
        jb      .Lagain
1:      ret
        .size   main, . - main

# The second one
        .type   helper, @function
helper:
        nop
        ret

plain:  ret

        .macro  save register
        push    \\register
        .endm

        .data
numbers:
        .quad   1, 2
        .quad   3
        .bss
        .type   place, @object
place:  .zero   8
`,
  );
  expect(describe(await session.symbols("memfs:/a.s"))).toEqual([
    "Constant LIMIT 1-1 16",
    "Function main 5-12 global .text",
    "  Key .Lagain 7-7",
    "Function helper 16-18 .text",
    "Function plain 20-20 .text",
    "Operator save 22-24 macro",
    "Variable numbers 27-29 .data",
    "Variable place 32-32 .bss",
  ]);
});

test("ranges hold the names they belong to, as the protocol asks", async () => {
  session = await Session.inProcess();
  const { guestLibrary } = await import("../../runtime/guest/library.js");
  for (const { path, text } of guestLibrary) {
    await session.open(path, text);
    const all = (list: readonly DocumentSymbol[]): DocumentSymbol[] =>
      list.flatMap((symbol) => [symbol, ...all(symbol.children ?? [])]);
    const symbols = all(await session.symbols(path));
    expect(symbols.length).toBeGreaterThan(0);
    for (const { range, selectionRange, name } of symbols) {
      expect(selectionRange.start.line, name).toBeGreaterThanOrEqual(range.start.line);
      expect(selectionRange.end.line, name).toBeLessThanOrEqual(range.end.line);
      expect(text.split("\n")[selectionRange.start.line]?.slice(selectionRange.start.character), name).toContain(name);
    }
  }
});
