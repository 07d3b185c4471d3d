import { afterEach, expect, test } from "vitest";
import { PrepareRenameRequest, RenameRequest, type WorkspaceEdit } from "vscode-languageserver-protocol";
import { TextDocument } from "vscode-languageserver-textdocument";
import { assemble } from "../../runtime/asm/assembler.js";
import { at, folder, openProject, uriOf } from "./project.js";
import type { Session } from "./session.js";

let session: Session;
afterEach(() => session.dispose());

const files = {
  "main.s": `        .include "macros.s"
        .globl  main
        .extern helper
main:   save    reg=%rax
        mov     $SIZE, %eax     # SIZE
1:      call    helper
        jnz     1b
.Lend:  jmp     .Lend
        call    gt_yield
`,
  "helper.s": "        .globl  helper, second\nhelper: ret\nsecond: ret\n",
  "macros.s": "        .macro  save reg, size=8\n        push    \\reg\n        .endm\n        .set    SIZE, 8\n",
};

/** The texts after a rename. */
async function renamed(name: string, word: string, shift: number, newName: string): Promise<Record<string, string>> {
  const edit = await session.connection.sendRequest(RenameRequest.type, { ...at(files, name, word, shift), newName });
  return applied(edit);
}

function applied(edit: WorkspaceEdit | null): Record<string, string> {
  return Object.fromEntries(
    Object.entries(edit?.changes ?? {}).map(([uri, edits]) => {
      const name = uri.slice(folder.length + 1);
      const text = Reflect.get(files, name) as string;
      return [name, TextDocument.applyEdits(TextDocument.create(uri, "", 1, text), edits)];
    }),
  );
}

/** What main.s assembles to: bytes of the sections, and names of symbols. */
function assembled(texts: Readonly<Record<string, string>>) {
  const all: Record<string, string> = { ...files, ...texts };
  const { object, diagnostics } = assemble(
    { path: uriOf("main.s"), text: all["main.s"] ?? "" },
    { readInclude: (target) => ({ path: uriOf(target), text: all[target] ?? "" }) },
  );
  expect(diagnostics).toEqual([]);
  return {
    bytes: object?.sections.map(({ bytes }) => [...bytes]),
    symbols: object?.symbols.map(({ name }) => name).sort(),
  };
}

test.each([
  ["a label", "main.s", ".Lend", 0, ".Lforever", ["main.s"]],
  ["a constant of an included file", "main.s", "SIZE", 1, "BYTES", ["macros.s", "main.s"]],
  ["a macro", "macros.s", "save", 0, "keep", ["macros.s", "main.s"]],
])("%s: what is assembled stays the same", async (_, name, word, shift, newName, changed) => {
  session = await openProject(files, ["main.s", "macros.s"]);
  const texts = await renamed(name, word, shift, newName);
  expect(Object.keys(texts).sort()).toEqual(changed);
  for (const text of Object.values(texts)) expect(text).toContain(newName);
  expect(assembled(texts).bytes).toEqual(assembled({}).bytes);
  // What a comment says is nobody's name.
  if (word === "SIZE") expect(texts["main.s"]).toContain("# SIZE");
});

test("a global symbol in all files, those that are not open too", async () => {
  session = await openProject(files, ["main.s"]);
  const texts = await renamed("main.s", "call    helper", 9, "assistant");
  expect(texts["helper.s"]).toBe("        .globl  assistant, second\nassistant: ret\nsecond: ret\n");
  const before = assembled({});
  const after = assembled(texts);
  expect(after.bytes).toEqual(before.bytes);
  expect(after.symbols).toEqual(before.symbols?.map((name) => (name === "helper" ? "assistant" : name)).sort());
});

test("a macro's parameter", async () => {
  session = await openProject(files, ["macros.s"]);
  const texts = await renamed("macros.s", "\\reg", 1, "register");
  expect(texts["macros.s"]).toContain("save register, size=8\n        push    \\register\n");
});

test("edits name the versions of open documents to clients that want to know", async () => {
  const capabilities = { workspace: { workspaceEdit: { documentChanges: true } } };
  session = await openProject(files, ["main.s"], { capabilities });
  const edit = await session.connection.sendRequest(RenameRequest.type, {
    ...at(files, "main.s", "helper"),
    newName: "assistant",
  });
  const versions = edit?.documentChanges?.map((change) => "textDocument" in change && change.textDocument.version);
  expect(versions?.sort()).toEqual([1, null]);
});

test("the place and the name are told before", async () => {
  session = await openProject(files, ["main.s"]);
  expect(await session.connection.sendRequest(PrepareRenameRequest.type, at(files, "main.s", "$SIZE", 2))).toEqual({
    range: { start: { line: 4, character: 17 }, end: { line: 4, character: 21 } },
    placeholder: "SIZE",
  });
  expect(await session.connection.sendRequest(PrepareRenameRequest.type, at(files, "main.s", "# SIZE", 3))).toBeNull();
});

test.each([
  ["a numeric label", "1:", 0, /direction/],
  ["a register", "%eax", 1, /processor/],
  ["an instruction", "call", 0, /processor/],
  ["the guest library", "gt_yield", 0, /guest library/],
])("%s is refused with a reason", async (_, word, shift, reason) => {
  session = await openProject(files, ["main.s"]);
  const asked = session.connection.sendRequest(PrepareRenameRequest.type, at(files, "main.s", word, shift));
  await expect(asked).rejects.toThrow(reason);
});

test.each([
  ["what is defined", "main.s", "helper", "main", /defined in main\.s already/],
  ["what another file of the program defines", "main.s", "helper", "second", /defined in helper\.s already/],
  ["what is no name", "main.s", "helper", "9lives", /no name/],
  ["a register", "main.s", "helper", "rax", /register/],
  ["an instruction, for a macro", "main.s", "save", "mov", /instruction/],
])("the new name cannot be %s", async (_, name, word, newName, reason) => {
  session = await openProject(files, ["main.s"]);
  const asked = session.connection.sendRequest(RenameRequest.type, { ...at(files, name, word), newName });
  await expect(asked).rejects.toThrow(reason);
});

test("a symbol that two programs define is not guessed at", async () => {
  const two = {
    "use.s": "        call shared\n",
    "a.s": "        .globl shared\nshared: ret\n",
    "b.s": "        .globl shared\nshared: ret\n",
  };
  session = await openProject(two, ["use.s"]);
  const asked = session.connection.sendRequest(PrepareRenameRequest.type, at(two, "use.s", "shared"));
  await expect(asked).rejects.toThrow(/a\.s, b\.s/);
});
