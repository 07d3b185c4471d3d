/** What the client can do, as it said in `initialize`. Until then it can do nothing. */
import type { ClientCapabilities, InitializeParams, WorkspaceFolder } from "vscode-languageserver";

export class ClientFeatures {
  private capabilities: ClientCapabilities = {};
  private folders: readonly WorkspaceFolder[] = [];

  initialise({ capabilities, workspaceFolders, rootUri }: InitializeParams): void {
    this.capabilities = capabilities;
    this.folders = workspaceFolders ?? (rootUri ? [{ uri: rootUri, name: "" }] : []);
  }

  /** The folders that were open at the start; `Workspace.folders` are those that are open now. */
  get firstFolders(): readonly WorkspaceFolder[] {
    return this.folders;
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
}
