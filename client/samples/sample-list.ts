/** The samples that come with the extension, as `samples/samples.json` lists them. */
import * as vscode from "vscode";

export interface Sample {
  /** The sample's folder. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The source to open and debug, in the folder. */
  readonly program: string;
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

export function sampleSource(extensionUri: vscode.Uri, sample: Sample): vscode.Uri {
  return vscode.Uri.joinPath(sampleFolder(extensionUri, sample), sample.program);
}
