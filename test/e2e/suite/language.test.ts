import assert from "node:assert/strict";
import * as vscode from "vscode";
import { copyCounters, eventually, lineOf, writeWorkspaceFile } from "./support.js";

describe("The language features", () => {
  let document: vscode.TextDocument;

  before(async () => {
    const { uri } = await copyCounters();
    document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
  });

  /** The position inside the first occurrence of a word on a line. */
  const at = (line: number, word: string): vscode.Position => {
    const column = document.lineAt(line - 1).text.indexOf(word);
    assert.ok(column >= 0, `line ${line} has ${word}`);
    return new vscode.Position(line - 1, column + 1);
  };

  const hoverText = async (position: vscode.Position): Promise<string> => {
    return await eventually("a hover", async () => {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        "vscode.executeHoverProvider",
        document.uri,
        position,
      );
      const text = hovers
        .flatMap((hover) => hover.contents)
        .map((content) => (typeof content === "string" ? content : content.value))
        .join("\n");
      return text === "" ? undefined : text;
    });
  };

  it("list the functions of a file", async () => {
    const names = await eventually("document symbols", async () => {
      const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>(
        "vscode.executeDocumentSymbolProvider",
        document.uri,
      );
      return symbols?.length ? symbols.map((symbol) => symbol.name) : undefined;
    });
    for (const name of ["main", "counter_one", "counter_two"]) assert.ok(names.includes(name), `${name} in ${names}`);
  });

  it("go to the definition of a label", async () => {
    const line = lineOf(document.getText(), /lea\s+counter_one/);
    const definitions = await eventually("a definition", async () => {
      const found = await vscode.commands.executeCommand<(vscode.Location | vscode.LocationLink)[]>(
        "vscode.executeDefinitionProvider",
        document.uri,
        at(line, "counter_one"),
      );
      return found.length > 0 ? found : undefined;
    });
    const [first] = definitions;
    const target = first && ("targetRange" in first ? (first.targetSelectionRange ?? first.targetRange) : first.range);
    assert.equal((target?.start.line ?? -1) + 1, lineOf(document.getText(), /^counter_one:/));
  });

  it("explain instructions and registers", async () => {
    const line = lineOf(document.getText(), /xor\s+%ebx/);
    assert.match(await hoverText(at(line, "xor")), /exclusive/i);
    assert.match(await hoverText(at(line, "ebx")), /rbx/i);
  });

  it("mark what the assembler would refuse, and stop when it is mended", async () => {
    const uri = await writeWorkspaceFile("broken.s", ".globl main\nmain:\n        movv %rax, %rbx\n        ret\n");
    const broken = await vscode.workspace.openTextDocument(uri);
    const editor = await vscode.window.showTextDocument(broken);
    const [diagnostic] = await eventually("a diagnostic", () => {
      const found = vscode.languages.getDiagnostics(uri);
      return found.length > 0 ? found : undefined;
    });
    assert.equal(diagnostic?.range.start.line, 2);
    assert.equal(diagnostic?.severity, vscode.DiagnosticSeverity.Error);
    assert.match(diagnostic?.message ?? "", /movv/);
    await editor.edit((edit) => edit.replace(broken.lineAt(2).range, "        mov %rax, %rbx"));
    await eventually(
      "no diagnostic",
      () => (vscode.languages.getDiagnostics(uri).length === 0 ? true : undefined),
      () => `${JSON.stringify(broken.getText())} with ${JSON.stringify(vscode.languages.getDiagnostics(uri))}`,
    );
  });

  it("have nothing to complain about in a sample", async () => {
    assert.deepEqual(
      vscode.languages.getDiagnostics(document.uri).map((diagnostic) => diagnostic.message),
      [],
    );
  });
});
