import assert from "node:assert/strict";
import * as vscode from "vscode";
import { copyCounters, extensionId } from "./support.js";

describe("The extension", () => {
  it("activates when an assembly file is opened, and takes the file for its language", async () => {
    const { uri } = await copyCounters();
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    assert.equal(document.languageId, "gas-x86_64");
    await vscode.extensions.getExtension(extensionId)?.activate();
    assert.equal(vscode.extensions.getExtension(extensionId)?.isActive, true);
  });

  it("registers every command that its manifest names", async () => {
    const manifest = vscode.extensions.getExtension(extensionId)?.packageJSON;
    const named: string[] = manifest.contributes.commands.map((each: { command: string }) => each.command);
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.ok(named.length > 0);
    assert.deepEqual(
      named.filter((command) => !registered.has(command)),
      [],
    );
  });
});
