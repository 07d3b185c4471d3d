/**
 * What the memory inspector's page and the extension say to each other. Messages travel as JSON: addresses are text
 * (`0x…`), bytes are base64, as in the Debug Adapter Protocol.
 */

/** What the page shows: the value of an expression, in a thread. */
export interface Target {
  /** An address (`0x401000`) or an expression (`$rsp`, `main`, `rsp+16`). */
  readonly expression: string;
  /** The thread in whose innermost frame it is evaluated; the focused frame when absent. */
  readonly threadId?: number;
  /** Evaluate it again at each stop. */
  readonly follow: boolean;
}

/** A green thread's stack. */
export interface ThreadStack {
  readonly id: number;
  readonly name: string;
  readonly pointer: string;
  readonly low?: string;
  /** Exclusive. */
  readonly high?: string;
}

/** Where the debugger stands. */
export interface InspectorContext {
  /** `none`: there is no session of ours. */
  readonly state: "none" | "running" | "stopped";
  readonly sessionId?: string;
  /** Counts the stops of the session. */
  readonly stops: number;
  /** Grows when memory changed without the program running. */
  readonly revision: number;
  readonly focusedThread?: number;
  readonly threads: readonly ThreadStack[];
}

/** What a word of memory is. */
export interface Annotation {
  readonly address: string;
  /** In bytes. */
  readonly length: number;
  readonly kind: string;
  readonly text: string;
}

export interface InspectorRequests {
  /** Bytes from `address` on; those that cannot be read are counted, not delivered. */
  read: {
    readonly ask: { readonly address: string; readonly count: number };
    readonly answer: { readonly address: string; readonly data: string; readonly unreadable: number };
  };
  write: { readonly ask: { readonly address: string; readonly data: string }; readonly answer: null };
  annotate: {
    readonly ask: { readonly address: string; readonly count: number };
    readonly answer: readonly Annotation[];
  };
  /** The address that an expression stands for. */
  evaluate: {
    readonly ask: { readonly expression: string; readonly threadId?: number };
    readonly answer: string;
  };
}

export type RequestName = keyof InspectorRequests;

export type InspectorRequest = {
  [Name in RequestName]: { readonly name: Name; readonly ask: InspectorRequests[Name]["ask"] };
}[RequestName];

/** From the page to the extension. */
export type PageMessage =
  /** It listens: send the context, and what to show. */
  { readonly kind: "ready" } | { readonly kind: "request"; readonly id: number; readonly request: InspectorRequest };

/** From the extension to the page. */
export type ExtensionMessage =
  | { readonly kind: "context"; readonly context: InspectorContext }
  | { readonly kind: "show"; readonly target: Target }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly message: string };
