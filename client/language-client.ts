/** Runs the language server for x86-64 assembly, from the first assembly document on. */
import * as vscode from "vscode";
import type { BaseLanguageClient } from "vscode-languageclient";
import { assemblyLanguage } from "./debug/configuration-provider.js";
import type { ExtensionHostPlatform } from "./host.js";

export function registerLanguageClient(platform: ExtensionHostPlatform): vscode.Disposable {
  let client: BaseLanguageClient | undefined;
  let started: Promise<void> = Promise.resolve();
  const startFor = (document: vscode.TextDocument): void => {
    if (client !== undefined || document.languageId !== assemblyLanguage) return;
    client = platform.createLanguageClient({ documentSelector: [{ language: assemblyLanguage }] });
    // A failure is shown by the client itself, with its output channel; editing and debugging go on without it.
    started = client.start().catch(() => {});
  };
  const opened = vscode.workspace.onDidOpenTextDocument(startFor);
  for (const document of vscode.workspace.textDocuments) startFor(document);
  return {
    dispose: () => {
      opened.dispose();
      void started.then(() => (client?.needsStop() ? client.stop() : undefined));
    },
  };
}
