/** "Open Sample": a learner picks a program, has it in a folder of their own or where it lies, and debugs it. */
import * as vscode from "vscode";
import { configurationFor } from "../debug/configuration-provider.js";
import type { ExtensionHostPlatform } from "../host.js";
import { loadSamples, type Sample, sampleFolder } from "./sample-list.js";

export async function openSample(extensionUri: vscode.Uri, platform: ExtensionHostPlatform): Promise<void> {
  const samples = await loadSamples(extensionUri);
  const picked = await vscode.window.showQuickPick(
    samples.map((sample) => ({ label: sample.title, detail: sample.description, sample })),
    { title: "Open a Green Threads Sample", placeHolder: "Choose a program to look at", matchOnDetail: true },
  );
  if (picked === undefined) return;
  const place = await choosePlace();
  if (place === undefined) return;
  const original = sampleFolder(extensionUri, picked.sample);
  const folder = place === "inPlace" ? original : await copySample(original, picked.sample, place);
  if (folder === undefined) return;
  const { program, source = program } = picked.sample;
  const text = vscode.Uri.joinPath(folder, source);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(text));
  await offerToDebug(vscode.Uri.joinPath(folder, program), picked.sample, platform);
}

/** A folder to copy to, or the extension's own. */
async function choosePlace(): Promise<vscode.Uri | "inPlace" | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const picked = await vscode.window.showQuickPick(
    [
      ...folders.map((folder) => ({
        label: `$(root-folder) Copy to ${folder.name}`,
        description: "this workspace",
        choose: async (): Promise<vscode.Uri | undefined> => folder.uri,
      })),
      { label: "$(folder) Copy to another folder…", description: "to change it as you like", choose: askForFolder },
      {
        label: "$(eye) Open in place",
        description: "to look at and debug; an update of the extension overwrites changes",
        choose: async (): Promise<"inPlace"> => "inPlace",
      },
    ],
    { title: "Open a Green Threads Sample", placeHolder: "Where to put the sample" },
  );
  return picked?.choose();
}

async function askForFolder(): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    canSelectMany: false,
    openLabel: "Copy Sample Here",
    title: "A folder for the sample",
  });
  return chosen?.[0];
}

/** Copies to `place/NAME`; asks before it overwrites. The folder of the copy, or `undefined` when there is none. */
async function copySample(original: vscode.Uri, sample: Sample, place: vscode.Uri): Promise<vscode.Uri | undefined> {
  const target = vscode.Uri.joinPath(place, sample.name);
  const use = "Open What Is There";
  const overwrite = "Overwrite";
  if (await exists(target)) {
    const answer = await vscode.window.showWarningMessage(
      `There is already a folder ${sample.name} in the place you chose.`,
      { modal: true },
      use,
      overwrite,
    );
    if (answer === use) return target;
    if (answer !== overwrite) return undefined;
  }
  try {
    // File by file: the extension's own folder may be on a server that cannot list it.
    for (const name of sample.files) {
      const contents = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(original, name));
      await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(target, name), contents);
    }
    return target;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(`The sample could not be copied: ${reason} Choose another folder.`);
    return undefined;
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

async function offerToDebug(program: vscode.Uri, sample: Sample, platform: ExtensionHostPlatform): Promise<void> {
  const debug = { label: "$(debug-alt) Start debugging", description: "stops at the first instruction" };
  const open = { label: "$(edit) Only open it", description: "set breakpoints, then press F5" };
  const picked = await vscode.window.showQuickPick([debug, open], {
    title: "Open a Green Threads Sample",
    placeHolder: `Debug ${sample.title}?`,
  });
  if (picked !== debug) return;
  await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(program), {
    ...configurationFor(program, platform.readsFiles),
    stopOnEntry: true,
    ...(sample.abi === undefined ? {} : { abi: sample.abi }),
  });
}
