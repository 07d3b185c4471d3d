/** The page's line to the extension: requests with answers, and what the extension says unasked. */
import type {
  ExtensionMessage,
  InspectorContext,
  InspectorRequest,
  InspectorRequests,
  PageMessage,
  RequestName,
  Target,
} from "../messages.js";

/** What VS Code gives every webview. */
interface VsCodeApi {
  postMessage(message: PageMessage): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface ConnectionListener {
  contextChanged(context: InspectorContext): void;
  showRequested(target: Target): void;
}

export class Connection {
  private readonly api = acquireVsCodeApi();
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;

  /** Listens from now on, and says so. */
  start(listener: ConnectionListener): void {
    window.addEventListener("message", (event: MessageEvent<ExtensionMessage>) => this.received(event.data, listener));
    this.api.postMessage({ kind: "ready" });
  }

  request<Name extends RequestName>(
    name: Name,
    ask: InspectorRequests[Name]["ask"],
  ): Promise<InspectorRequests[Name]["answer"]> {
    const id = ++this.lastId;
    // `name` and `ask` belong together by this function's type, which TypeScript cannot follow through the union.
    const request = { name, ask } as InspectorRequest;
    return new Promise<InspectorRequests[Name]["answer"]>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.api.postMessage({ kind: "request", id, request });
    });
  }

  /** What `save` kept before the page was reloaded, or its window closed. */
  load(): unknown {
    return this.api.getState();
  }

  save(state: unknown): void {
    this.api.setState(state);
  }

  private received(message: ExtensionMessage, listener: ConnectionListener): void {
    switch (message.kind) {
      case "context":
        listener.contextChanged(message.context);
        break;
      case "show":
        listener.showRequested(message.target);
        break;
      case "answer":
        this.take(message.id)?.resolve(message.answer);
        break;
      case "failure":
        this.take(message.id)?.reject(new Error(message.message));
        break;
    }
  }

  private take(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    return waiting;
  }
}
