/** The memory inspector's places in VS Code, a view in the panel and an editor to the side, and its commands. */
import * as vscode from "vscode";
import type { GreenThreadsSessions } from "../debug/sessions.js";
import type { Target } from "./messages.js";
import { PageHost } from "./page-host.js";

const viewId = "greenThreads.memory";
const panelId = "greenThreads.memoryPanel";

/** What VS Code hands to a command of the Variables view's context menu. */
interface VariableItem {
  readonly sessionId?: string;
  readonly variable: { readonly name: string; readonly memoryReference?: string };
}

export interface MemoryInspector extends vscode.Disposable {
  /** Brings the inspector to the front and shows a target in it. */
  show(target: Target): Promise<void>;
}

export function registerMemoryInspector(extensionUri: vscode.Uri, sessions: GreenThreadsSessions): MemoryInspector {
  let view: { readonly webviewView: vscode.WebviewView; readonly host: PageHost } | undefined;
  let wanted: Target | undefined;
  let panel: { readonly webviewPanel: vscode.WebviewPanel; readonly host: PageHost } | undefined;

  const provider: vscode.WebviewViewProvider = {
    resolveWebviewView(webviewView) {
      const host = new PageHost(webviewView.webview, extensionUri, sessions);
      view = { webviewView, host };
      if (wanted !== undefined) host.show(wanted);
      wanted = undefined;
      webviewView.onDidDispose(() => {
        host.dispose();
        view = undefined;
      });
    },
  };

  const adoptPanel = (webviewPanel: vscode.WebviewPanel): PageHost => {
    const host = new PageHost(webviewPanel.webview, extensionUri, sessions);
    webviewPanel.iconPath = new vscode.ThemeIcon("file-binary");
    panel = { webviewPanel, host };
    webviewPanel.onDidDispose(() => {
      host.dispose();
      panel = undefined;
    });
    return host;
  };

  /** In the editor to the side if that is open and the view is not in sight, else in the view. */
  const show = async (target: Target): Promise<void> => {
    if (panel !== undefined && !view?.webviewView.visible) {
      panel.webviewPanel.reveal(undefined, true);
      panel.host.show(target);
      return;
    }
    if (view !== undefined) {
      view.webviewView.show(true);
      view.host.show(target);
      return;
    }
    wanted = target;
    await vscode.commands.executeCommand(`${viewId}.focus`, { preserveFocus: true });
  };

  const showToSide = (): void => {
    if (panel !== undefined) {
      panel.webviewPanel.reveal();
      return;
    }
    const webviewPanel = vscode.window.createWebviewPanel(
      panelId,
      "Memory",
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: false },
      { enableScripts: true },
    );
    adoptPanel(webviewPanel).show({ expression: "$rsp", follow: true });
  };

  const showMemory = async (argument: unknown): Promise<void> => {
    const expression = typeof argument === "string" ? argument : await askForExpression();
    if (expression !== undefined) await show({ expression, follow: !/^\s*(?:0x[\da-f]+|\d+)\s*$/i.test(expression) });
  };

  const showVariable = async (item: VariableItem | undefined): Promise<void> => {
    const reference = item?.variable.memoryReference;
    if (reference !== undefined) await show({ expression: reference, follow: false });
  };

  const disposable = vscode.Disposable.from(
    vscode.window.registerWebviewViewProvider(viewId, provider),
    vscode.window.registerWebviewPanelSerializer(panelId, {
      deserializeWebviewPanel: async (webviewPanel) => void adoptPanel(webviewPanel),
    }),
    vscode.commands.registerCommand("greenThreads.showMemory", showMemory),
    vscode.commands.registerCommand("greenThreads.showVariableMemory", showVariable),
    vscode.commands.registerCommand("greenThreads.showMemoryToSide", showToSide),
    vscode.commands.registerCommand("greenThreads.followStackPointer", () =>
      show({ expression: "$rsp", follow: true }),
    ),
    { dispose: () => panel?.webviewPanel.dispose() },
  );
  return { show, dispose: () => disposable.dispose() };
}

async function askForExpression(): Promise<string | undefined> {
  const written = await vscode.window.showInputBox({
    title: "Show Memory",
    prompt: "An address, a symbol or an expression",
    placeHolder: "$rsp, main, 0x401000, $rsp + 16",
    value: "$rsp",
  });
  return written?.trim() || undefined;
}
