/** Starts the language server for x86-64 assembly. */
import type * as vscode from "vscode";
import type { LanguageClientOptions } from "vscode-languageclient";
import { assemblyLanguage } from "./debug/configuration-provider.js";
import type { ExtensionHostPlatform } from "./host.js";

export function startLanguageClient(platform: ExtensionHostPlatform): vscode.Disposable {
  const options: LanguageClientOptions = { documentSelector: [{ language: assemblyLanguage }] };
  const client = platform.createLanguageClient(options);
  // A failure is shown by the client itself, with its output channel; editing and debugging go on without it.
  const started = client.start().catch(() => {});
  const stop = async (): Promise<void> => {
    await started;
    if (client.needsStop()) await client.stop();
  };
  return { dispose: () => void stop() };
}
