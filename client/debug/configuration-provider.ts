/** Launch configurations: made up for F5 without a launch.json, offered for the samples, checked before a session starts. */
import * as vscode from "vscode";
import { loadSamples, sampleProgram } from "../samples/sample-list.js";
import {
  checkAttributes,
  type LaunchContext,
  resolvePaths,
  substituteUrisOfAttributes,
} from "./launch-configuration.js";

export const debugType = "green-threads";
export const assemblyLanguage = "gas-x86_64";

/** The active editor's document, if it holds assembly. */
export function activeAssemblyFile(): vscode.TextDocument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === assemblyLanguage ? document : undefined;
}

/** A launch configuration for one file. */
export function configurationFor(uri: vscode.Uri, readsFiles: boolean): vscode.DebugConfiguration {
  return {
    type: debugType,
    request: "launch",
    name: `Debug ${uri.path.slice(uri.path.lastIndexOf("/") + 1)}`,
    program: programText(uri, readsFiles),
  };
}

/** How the adapter is told of a resource: by path where it can open paths, else by URI. */
function programText(uri: vscode.Uri, readsFiles: boolean): string {
  return readsFiles && uri.scheme === "file" ? uri.fsPath : uri.toString();
}

export class ConfigurationProvider implements vscode.DebugConfigurationProvider {
  constructor(private readonly readsFiles: boolean) {}

  /** Before `${…}` is substituted: completes what is missing. */
  async resolveDebugConfiguration(
    folder: vscode.WorkspaceFolder | undefined,
    written: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    const active = activeAssemblyFile();
    if (!written.type && !written.request && !written.name) {
      // F5 without a launch.json.
      if (active === undefined) {
        return showProblem("Open an x86-64 assembly file (.s) to debug it, or start with a sample.", "Open Sample");
      }
      if (!(await isSaved(active))) return undefined;
      return configurationFor(active.uri, this.readsFiles);
    }
    const context = this.context(folder, active);
    return { ...written, ...substituteUrisOfAttributes(written, context) };
  }

  /** After substitution: what the adapter gets is complete and of the right types. */
  async resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    const problem = checkAttributes(configuration);
    if (problem !== undefined) return showProblem(problem, "Open launch.json");
    const paths = resolvePaths(configuration, this.context(folder, undefined));
    if ("missingBase" in paths) {
      return showProblem(
        `The launch configuration names the relative path ${paths.missingBase}, and no folder is open. Write an absolute path, or open the folder.`,
        "Open launch.json",
      );
    }
    return { ...configuration, ...paths.resolved };
  }

  private context(folder: vscode.WorkspaceFolder | undefined, active: vscode.TextDocument | undefined): LaunchContext {
    const base = folder ?? vscode.workspace.workspaceFolders?.[0];
    return {
      activeFile: active && programText(active.uri, this.readsFiles),
      folder: base && programText(base.uri, this.readsFiles),
    };
  }
}

/** Fills the "Green Threads…" entry of the debug picker: the active file, and the samples. */
export class DynamicConfigurationProvider implements vscode.DebugConfigurationProvider {
  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly readsFiles: boolean,
  ) {}

  async provideDebugConfigurations(): Promise<vscode.DebugConfiguration[]> {
    const active = activeAssemblyFile();
    const samples = await loadSamples(this.extensionUri);
    return [
      ...(active === undefined ? [] : [configurationFor(active.uri, this.readsFiles)]),
      ...samples.map((sample) => ({
        ...configurationFor(sampleProgram(this.extensionUri, sample), this.readsFiles),
        name: `Sample: ${sample.title}`,
        ...(sample.abi === undefined ? {} : { abi: sample.abi }),
      })),
    ];
  }
}

/** An untitled document has no file to assemble: offers to save it. */
async function isSaved(document: vscode.TextDocument): Promise<boolean> {
  if (!document.isUntitled) return true;
  const save = "Save";
  const answer = await vscode.window.showInformationMessage("Save the file, then debug it.", save);
  if (answer === save) await vscode.commands.executeCommand("workbench.action.files.saveAs");
  return false;
}

async function showProblem(message: string, remedy: "Open Sample" | "Open launch.json"): Promise<undefined> {
  const answer = await vscode.window.showErrorMessage(message, { modal: false }, remedy);
  if (answer === "Open Sample") await vscode.commands.executeCommand("greenThreads.openSample");
  if (answer === "Open launch.json") await vscode.commands.executeCommand("workbench.action.debug.configure");
  return undefined;
}
