import { afterEach, expect, test } from "vitest";
import {
  DocumentLinkRequest,
  FoldingRangeRequest,
  LinkedEditingRangeRequest,
  type SelectionRange,
  SelectionRangeRequest,
} from "vscode-languageserver-protocol";
import { at, openProject, uriOf } from "./project.js";
import type { Session } from "./session.js";

let session: Session;
afterEach(() => session.dispose());

test("what can be folded", async () => {
  const text = `# about
# this file
        .text
# region tools
f:      nop
        .if 1
        nop
        .else
        nop
        .endif
        ret
# endregion
        .macro m
        nop
        .endm

        .data
x:      .quad 1
        .quad 2
`;
  session = await openProject({ "a.s": text }, ["a.s"]);
  const found = await session.connection.sendRequest(FoldingRangeRequest.type, {
    textDocument: { uri: uriOf("a.s") },
  });
  const described = found?.map(({ startLine, endLine, kind }) =>
    `${startLine + 1}-${endLine + 1} ${kind ?? ""}`.trim(),
  );
  expect(described?.sort()).toEqual(
    ["1-2 comment", "3-15", "4-12 region", "5-11", "6-7", "8-9", "13-15", "17-19", "18-19"].sort(),
  );
});

test("selections grow from the word to the file", async () => {
  const files = { "a.s": "f:      nop\n.La:    mov 8(%rax,%rbx), %rcx  # why\n        nop\n.Lb:    ret\n\n" };
  session = await openProject(files, ["a.s"]);
  const { textDocument, position } = at(files, "a.s", "%rbx", 1);
  const [selection] =
    (await session.connection.sendRequest(SelectionRangeRequest.type, { textDocument, positions: [position] })) ?? [];
  const texts: string[] = [];
  const lines = files["a.s"].split("\n");
  for (let one: SelectionRange | undefined = selection; one !== undefined; one = one.parent) {
    const { start, end } = one.range;
    if (start.line === end.line) texts.push(lines[start.line]?.slice(start.character, end.character) ?? "");
    else texts.push(`lines ${start.line + 1}-${end.line + 1}`);
  }
  expect(texts).toEqual([
    "%rbx",
    "8(%rax,%rbx)",
    "8(%rax,%rbx), %rcx",
    "mov 8(%rax,%rbx), %rcx",
    ".La:    mov 8(%rax,%rbx), %rcx  # why",
    "lines 2-3",
    "lines 1-4",
    "lines 1-6",
  ]);
});

test("links to included files", async () => {
  const text = '        .include "lib/a.s"\n        .incbin "data.bin"\n#include "b.h"\n#include <stdio.h>\n';
  session = await openProject({ "a.S": text }, ["a.S"]);
  const links = await session.connection.sendRequest(DocumentLinkRequest.type, { textDocument: { uri: uriOf("a.S") } });
  expect(links?.map(({ target, range }) => [target, range.start.line, range.start.character])).toEqual([
    [uriOf("lib/a.s"), 0, 18],
    [uriOf("data.bin"), 1, 17],
    [uriOf("b.h"), 2, 10],
  ]);
});

test("local labels are edited with their uses; what others see is not", async () => {
  const files = { "a.s": "        .globl f\nf:      jmp .La\n.La:    jz .La\n        ret\ng:      jmp f\n" };
  session = await openProject(files, ["a.s"]);
  const linked = async (word: string) =>
    await session.connection.sendRequest(LinkedEditingRangeRequest.type, at(files, "a.s", word, 1));
  const found = await linked(".La:");
  expect(found?.ranges.map(({ start }) => [start.line, start.character])).toEqual([
    [1, 12],
    [2, 0],
    [2, 11],
  ]);
  expect(await linked("f:")).toBeNull();
});
