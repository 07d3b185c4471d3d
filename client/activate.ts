/** Puts the client together: the same in Node and in the browser. Everything it registers is disposed with the context. */
import * as vscode from "vscode";
import {
  assemblyLanguage,
  ConfigurationProvider,
  configurationFor,
  DynamicConfigurationProvider,
  debugType,
} from "./debug/configuration-provider.js";
import { GreenThreadsSessions } from "./debug/sessions.js";
import { GuestLibraryProvider, guestLibraryScheme } from "./guest-library.js";
import type { ExtensionHostPlatform } from "./host.js";
import { registerLanguageClient } from "./language-client.js";
import { registerMemoryInspector } from "./memory-inspector/register.js";
import { openSample } from "./samples/open-sample.js";
import { registerThreadsView } from "./threads-view/register.js";

export function activateClient(context: vscode.ExtensionContext, platform: ExtensionHostPlatform): void {
  const { extensionUri } = context;
  const sessions = new GreenThreadsSessions();
  const inspector = registerMemoryInspector(extensionUri, sessions);
  context.subscriptions.push(
    sessions,
    inspector,
    registerThreadsView(sessions, inspector, context.globalState),
    ...publishContextKeys(sessions),
    vscode.debug.registerDebugConfigurationProvider(debugType, new ConfigurationProvider(platform.readsFiles)),
    vscode.debug.registerDebugConfigurationProvider(
      debugType,
      new DynamicConfigurationProvider(extensionUri, platform.readsFiles),
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
    vscode.debug.registerDebugAdapterDescriptorFactory(debugType, {
      createDebugAdapterDescriptor: (session) => platform.createDebugAdapter(session),
    }),
    vscode.workspace.registerTextDocumentContentProvider(guestLibraryScheme, new GuestLibraryProvider(extensionUri)),
    vscode.commands.registerCommand("greenThreads.openSample", () => openSample(extensionUri, platform)),
    vscode.commands.registerCommand("greenThreads.debugFile", (uri?: vscode.Uri) => startFile(uri, false, platform)),
    vscode.commands.registerCommand("greenThreads.runFile", (uri?: vscode.Uri) => startFile(uri, true, platform)),
    registerLanguageClient(platform),
  );
}

/** Tells menus and views whether there is a session, and whether it stands still. */
function publishContextKeys(sessions: GreenThreadsSessions): vscode.Disposable[] {
  let published: string | undefined;
  const publish = (): void => {
    const state = sessions.current?.state ?? "none";
    if (state === published) return;
    published = state;
    void vscode.commands.executeCommand("setContext", "greenThreads.state", state);
  };
  void vscode.commands.executeCommand("setContext", "greenThreads.enabled", true);
  publish();
  return [sessions.onDidChange(publish)];
}

async function startFile(
  uri: vscode.Uri | undefined,
  noDebug: boolean,
  platform: ExtensionHostPlatform,
): Promise<void> {
  const target = uri ?? vscode.window.activeTextEditor?.document.uri;
  if (target === undefined) {
    void vscode.window.showErrorMessage(`Open an x86-64 assembly file (${assemblyLanguage}) first.`);
    return;
  }
  const folder = vscode.workspace.getWorkspaceFolder(target);
  await vscode.debug.startDebugging(folder, configurationFor(target, platform.readsFiles), { noDebug });
}
