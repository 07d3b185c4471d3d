import { afterEach, describe, expect, test } from "vitest";
import {
  DeclarationRequest,
  DidChangeWatchedFilesNotification,
  DocumentHighlightKind,
  DocumentHighlightRequest,
  FileChangeType,
  type Location,
  ReferencesRequest,
  WorkspaceSymbolRequest,
} from "vscode-languageserver-protocol";
import { at, describePlace, openProject, uriOf } from "./project.js";
import type { Session } from "./session.js";

let session: Session;
afterEach(() => session.dispose());

const files = {
  "main.s": `        .include "sizes.s"
        .globl  main
        .extern helper
main:   mov     $SIZE, %eax     # é: helper and SIZE in a comment
        /* ü */ call helper
        jmp     .Lend
.Lend:  ret
`,
  "helper.s": `        .globl  helper
        .type   helper, @function
helper: lea     .Lend(%rip), %rax
.Lend:  ret
        .size   helper, . - helper
`,
  "sizes.s": "        .set    SIZE, 8\n",
  "other/main.s": "        .globl main\nmain:   ret\nhelpers: ret\n",
};

async function references(name: string, word: string, shift = 0, includeDeclaration = true): Promise<string[]> {
  const found = await session.connection.sendRequest(ReferencesRequest.type, {
    ...at(files, name, word, shift),
    context: { includeDeclaration },
  });
  return (found ?? []).map(describePlace).sort();
}

describe("references", () => {
  test("of a global symbol, in files that nobody has open, with columns of UTF-16", async () => {
    session = await openProject(files, ["main.s"]);
    const all = [
      "helper.s:1:17",
      "helper.s:2:17",
      "helper.s:3:1",
      "helper.s:5:17",
      "helper.s:5:29",
      "main.s:3:17",
      "main.s:5:22",
    ];
    expect(await references("main.s", "helper")).toEqual(all);
    expect(await references("main.s", "call helper", 5, false)).toEqual(["helper.s:5:29", "main.s:5:22"]);
  });

  test("of a constant in an included file", async () => {
    session = await openProject(files, ["main.s", "sizes.s"]);
    expect(await references("sizes.s", "SIZE")).toEqual(["main.s:4:18", "sizes.s:1:17"]);
  });

  test("of a local label stay in its file, and so do those of two programs' main", async () => {
    session = await openProject(files, ["main.s", "other/main.s"]);
    expect(await references("main.s", ".Lend")).toEqual(["main.s:6:17", "main.s:7:1"]);
    expect(await references("other/main.s", "main")).toEqual(["other/main.s:1:16", "other/main.s:2:1"]);
  });

  test("follow files that change on disk", async () => {
    const changing: Record<string, string> = { ...files };
    session = await openProject(changing, ["main.s"]);
    expect(await references("main.s", "helper")).toHaveLength(7);
    await session.connection.sendNotification(DidChangeWatchedFilesNotification.type, {
      changes: [{ uri: uriOf("helper.s"), type: FileChangeType.Deleted }],
    });
    expect(await references("main.s", "helper")).toEqual(["main.s:3:17", "main.s:5:22"]);
  });
});

test("the declaration is where a symbol is made known", async () => {
  session = await openProject(files, ["main.s"]);
  const found = await session.connection.sendRequest(DeclarationRequest.type, at(files, "main.s", "call helper", 5));
  expect((found as Location[]).map(describePlace)).toContain("main.s:3:17");
});

test("the definition may lie in a file that nobody has open", async () => {
  session = await openProject(files, ["main.s"]);
  const { position } = at(files, "main.s", "call helper", 5);
  const found = await session.definition(uriOf("main.s"), position.line, position.character);
  expect((found as Location[]).map(describePlace)).toEqual(["helper.s:3:1"]);
});

test("symbols of the workspace, by letters of their names", async () => {
  session = await openProject(files, []);
  const names = async (query: string) =>
    ((await session.connection.sendRequest(WorkspaceSymbolRequest.type, { query })) ?? [])
      .map(({ name }) => name)
      .sort();
  expect(await names("hlp")).toEqual(["helper", "helpers"]);
  expect(await names("SIZE")).toEqual(["SIZE"]);
  expect(await names("")).toEqual(["SIZE", "helper", "helpers", "main", "main"]);
  expect(await names("nothing")).toEqual([]);
});

test("highlights tell definitions from uses, and find a register under all its names", async () => {
  const text = {
    "a.s": "f:      mov %al, %bl\n        movzbl %ah, %eax\n        jmp f\n        call g\ng:      mov %rax, %rbx\n",
  };
  session = await openProject(text, ["a.s"]);
  const highlights = async (word: string, shift = 0) =>
    (await session.connection.sendRequest(DocumentHighlightRequest.type, at(text, "a.s", word, shift)))?.map(
      ({ range, kind }) => [range.start.line, range.start.character, kind],
    );
  expect(await highlights("f:")).toEqual([
    [0, 0, DocumentHighlightKind.Write],
    [2, 12, DocumentHighlightKind.Read],
  ]);
  expect(await highlights("%al", 1)).toEqual([
    [0, 12, DocumentHighlightKind.Text],
    [1, 15, DocumentHighlightKind.Text],
    [1, 20, DocumentHighlightKind.Text],
  ]);
});
