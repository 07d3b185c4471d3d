import type * as vscode from "vscode";
import type { BaseLanguageClient, LanguageClientOptions } from "vscode-languageclient";

/** What differs between VS Code's two extension hosts, Node and the browser's worker. */
export interface ExtensionHostPlatform {
  /** Whether the debug adapter can open `file:` resources by their path. */
  readonly readsFiles: boolean;
  /** How to reach the debug adapter for a session. */
  createDebugAdapter(session: vscode.DebugSession): vscode.ProviderResult<vscode.DebugAdapterDescriptor>;
  /** A language client that has not been started. */
  createLanguageClient(options: LanguageClientOptions): Promise<BaseLanguageClient>;
}
