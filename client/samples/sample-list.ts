/** The samples that come with the extension, as `samples/samples.json` lists them. */
import * as vscode from "vscode";

export interface Sample {
  /** The sample's folder. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** What to debug, in the folder: an assembly source or an executable. */
  readonly program: string;
  /** The source to open, where that is not the program itself. */
  readonly source?: string;
  /** All files of the folder. */
  readonly files: readonly string[];
  readonly abi?: "systemV" | "windows";
}

/** The samples in the order in which to learn from them. */
export async function loadSamples(extensionUri: vscode.Uri): Promise<readonly Sample[]> {
  const text = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(extensionUri, "samples", "samples.json"));
  return JSON.parse(new TextDecoder().decode(text)).samples;
}

export function sampleFolder(extensionUri: vscode.Uri, sample: Sample): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, "samples", sample.name);
}

export function sampleProgram(extensionUri: vscode.Uri, sample: Sample): vscode.Uri {
  return vscode.Uri.joinPath(sampleFolder(extensionUri, sample), sample.program);
}
