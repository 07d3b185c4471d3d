/** The extension's side of one memory inspector page: fills a webview, tells it of stops, answers its requests. */
import * as vscode from "vscode";
import type { GreenThreadsSession } from "../debug/session.js";
import type { GreenThreadsSessions } from "../debug/sessions.js";
import type {
  ExtensionMessage,
  InspectorContext,
  InspectorRequest,
  InspectorRequests,
  PageMessage,
  RequestName,
  Target,
} from "./messages.js";

export class PageHost implements vscode.Disposable {
  private readonly disposables: vscode.Disposable[];
  private ready = false;
  private pendingTarget: Target | undefined;

  constructor(
    private readonly webview: vscode.Webview,
    extensionUri: vscode.Uri,
    private readonly sessions: GreenThreadsSessions,
  ) {
    const scripts = vscode.Uri.joinPath(extensionUri, "dist", "webview");
    webview.options = { enableScripts: true, localResourceRoots: [scripts] };
    this.disposables = [
      webview.onDidReceiveMessage((message: PageMessage) => this.received(message)),
      sessions.onDidChange(() => this.sendContext()),
    ];
    webview.html = this.html(vscode.Uri.joinPath(scripts, "memory-inspector.js"));
  }

  /** Shows a target, as soon as the page listens. */
  show(target: Target): void {
    if (this.ready) this.send({ kind: "show", target });
    else this.pendingTarget = target;
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private html(script: vscode.Uri): string {
    const nonce = crypto.randomUUID().replaceAll("-", "");
    const policy = [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      // lit hands its style sheets to the browser as objects; the page has no style attribute and no style element.
      `style-src ${this.webview.cspSource} 'nonce-${nonce}'`,
    ].join("; ");
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Memory Inspector</title>
<style nonce="${nonce}">html, body { height: 100%; margin: 0; padding: 0; overflow: hidden; }</style>
</head>
<body>
<green-threads-memory-inspector></green-threads-memory-inspector>
<script type="module" nonce="${nonce}" src="${this.webview.asWebviewUri(script)}"></script>
</body>
</html>`;
  }

  private send(message: ExtensionMessage): void {
    void this.webview.postMessage(message);
  }

  private async received(message: PageMessage): Promise<void> {
    switch (message.kind) {
      case "ready":
        this.ready = true;
        await this.sendContext();
        if (this.pendingTarget !== undefined) this.send({ kind: "show", target: this.pendingTarget });
        this.pendingTarget = undefined;
        break;
      case "request":
        await this.answer(message.id, message.request);
        break;
    }
  }

  private async sendContext(): Promise<void> {
    if (!this.ready) return;
    const session = this.sessions.current;
    this.send({ kind: "context", context: await contextOf(session) });
  }

  private async answer(id: number, request: InspectorRequest): Promise<void> {
    const session = this.sessions.current;
    try {
      if (session === undefined) throw new Error("There is no debug session.");
      this.send({ kind: "answer", id, answer: await perform(session, request) });
    } catch (error) {
      this.send({ kind: "failure", id, message: error instanceof Error ? error.message : String(error) });
    }
  }
}

async function contextOf(session: GreenThreadsSession | undefined): Promise<InspectorContext> {
  if (session === undefined) return { state: "none", stops: 0, revision: 0, threads: [] };
  const { id: sessionId, state, stops, revision } = session;
  const context = { state, sessionId, stops, revision, focusedThread: session.focus?.threadId };
  if (state === "running") return { ...context, threads: [] };
  const threads = await session.threads().catch(() => []);
  return {
    ...context,
    threads: threads.map((thread) => ({
      id: thread.id,
      name: thread.name,
      pointer: thread.stackPointerReference,
      low: thread.stackLowReference,
      high: thread.stackHighReference,
    })),
  };
}

type Answer<Name extends RequestName> = InspectorRequests[Name]["answer"];

async function perform(session: GreenThreadsSession, request: InspectorRequest): Promise<Answer<RequestName>> {
  switch (request.name) {
    case "read": {
      const { address, count } = request.ask;
      const body = await session.readMemory(address, count);
      return { address: body?.address ?? address, data: body?.data ?? "", unreadable: body?.unreadableBytes ?? 0 };
    }
    case "write":
      await session.writeMemory(request.ask.address, request.ask.data);
      return null;
    case "annotate": {
      const { annotations } = await session.annotateMemory(request.ask.address, request.ask.count);
      return annotations.map(({ memoryReference, length, kind, text }) => ({
        address: memoryReference,
        length,
        kind,
        text,
      }));
    }
    case "evaluate": {
      const { expression, threadId } = request.ask;
      const body = await session.evaluate(expression, threadId);
      const address = body.memoryReference ?? /-?(?:0x[\da-f]+|\d+)/i.exec(body.result)?.[0];
      if (address === undefined) throw new Error(`${expression} is ${body.result}, which is no address.`);
      return address;
    }
  }
}
