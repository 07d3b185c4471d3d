/** Runs the language server for x86-64 assembly, from the first assembly document on. */
import * as vscode from "vscode";
import type { BaseLanguageClient } from "vscode-languageclient";
import { assemblyLanguage } from "./debug/configuration-provider.js";
import type { ExtensionHostPlatform } from "./host.js";

export function registerLanguageClient(platform: ExtensionHostPlatform): vscode.Disposable {
  let client: BaseLanguageClient | undefined;
  let starting: Promise<void> | undefined;
  const start = async (): Promise<void> => {
    try {
      client = await platform.createLanguageClient({ documentSelector: [{ language: assemblyLanguage }] });
      await client.start();
    } catch (error) {
      // Editing and debugging go on without it; what happened is in the client's output channel, if it got that far.
      console.error("The language server for x86-64 assembly did not start:", error);
    }
  };
  const startFor = (document: vscode.TextDocument): void => {
    if (document.languageId === assemblyLanguage) starting ??= start();
  };
  const opened = vscode.workspace.onDidOpenTextDocument(startFor);
  for (const document of vscode.workspace.textDocuments) startFor(document);
  return {
    dispose: () => {
      opened.dispose();
      void starting?.then(() => (client?.needsStop() ? client.stop() : undefined));
    },
  };
}
