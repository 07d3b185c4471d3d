/** What the client can do, as it said in `initialize`. Until then it can do nothing. */
import type { ClientCapabilities, InitializeParams, WorkspaceFolder } from "vscode-languageserver";
import type { InitializationOptions } from "../protocol.js";

export class ClientFeatures {
  private capabilities: ClientCapabilities = {};
  private commands: ReadonlySet<string> = new Set();
  private folders: readonly WorkspaceFolder[] = [];

  initialise({ capabilities, initializationOptions, workspaceFolders, rootUri }: InitializeParams): void {
    this.capabilities = capabilities;
    const { commands } = (initializationOptions ?? {}) as InitializationOptions;
    this.commands = new Set(Array.isArray(commands) ? commands : []);
    this.folders = workspaceFolders ?? (rootUri ? [{ uri: rootUri, name: "" }] : []);
  }

  /** The folders that were open at the start; `Workspace.folders` are those that are open now. */
  get firstFolders(): readonly WorkspaceFolder[] {
    return this.folders;
  }

  /** Whether the client has a command of that name, so that it may stand in a code lens or a code action. */
  hasCommand(name: string): boolean {
    return this.commands.has(name);
  }

  get canPullConfiguration(): boolean {
    return this.capabilities.workspace?.configuration === true;
  }

  get canRegisterConfiguration(): boolean {
    return this.capabilities.workspace?.didChangeConfiguration?.dynamicRegistration === true;
  }

  get canWatchFiles(): boolean {
    return this.capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
  }

  get hasWorkspaceFolders(): boolean {
    return this.capabilities.workspace?.workspaceFolders === true;
  }

  /** Edits may name the version of a document that they were made for. */
  get takesDocumentChanges(): boolean {
    return this.capabilities.workspace?.workspaceEdit?.documentChanges === true;
  }

  get refreshesCodeLenses(): boolean {
    return this.capabilities.workspace?.codeLens?.refreshSupport === true;
  }

  get refreshesSemanticTokens(): boolean {
    return this.capabilities.workspace?.semanticTokens?.refreshSupport === true;
  }

  get refreshesInlayHints(): boolean {
    return this.capabilities.workspace?.inlayHint?.refreshSupport === true;
  }
}
