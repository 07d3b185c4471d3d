/**
 * What Green Threads adds to the Debug Adapter Protocol: custom requests between our client and our adapter. Types
 * only; the client imports nothing else from this folder. Addresses travel as DAP memory references (`0x…`).
 */

/** Attributes of a `launch` request, as `package.json` describes them. */
export interface LaunchAttributes {
  /**
   * Paths or URIs of assembly sources and relocatable objects, which are linked, or of one static ELF executable. The
   * first one gives the program its name.
   */
  program: string | string[];
  args?: string[];
  env?: Record<string, string>;
  cwd?: string;
  stopOnEntry?: boolean;
  /** The name of a function. */
  stopAt?: string;
  noDebug?: boolean;
  /** How to walk the threads of the program's runtime: see `ThreadModelDeclaration` of the runtime. */
  threadModel?: object | "none";
  /** Beginnings of source paths as the compiler wrote them, and where they lie here. */
  sourceMap?: Record<string, string>;
  /** Folders with debug files, such as /usr/lib/debug. */
  debugFileFolders?: string[];
  abi?: "systemV" | "windows";
  /** How many threads DAP's `threads` answers at most. */
  threadsShown?: number;
  /** Standard input: a text, or the path or URI of a file. */
  stdin?: string | { file: string };
  /** What the program may use: instructions until a stop, and MiB of memory. */
  limits?: { instructions?: number; memory?: number };
  /** Folders that the program may read: their paths or URIs, by the paths at which it finds them. */
  folders?: Record<string, string>;
}

/** Request `greenThreads/list`: green threads with what DAP's `threads` has no room for, in order of birth. */
export interface GreenThreadsListArguments {
  /** Which to answer: those from the `start`-th on (0, the first, by default), `count` at most (1,000 by default). */
  start?: number;
  count?: number;
  filter?: GreenThreadsFilter;
  /** In place of all that: the threads that DAP's `threads` answers, in its order. */
  shown?: boolean;
}

/** Threads that have all that is given. Texts may stand anywhere in a name, in any case. */
export interface GreenThreadsFilter {
  /** DAP thread id. */
  id?: number;
  state?: GreenThreadInfo["state"];
  /** In the name of the entry function, or of the function that the thread is in. */
  function?: string;
  /** In the thread's name. */
  name?: string;
  /** In any of these names. */
  text?: string;
}

export interface GreenThreadsListResponse {
  threads: GreenThreadInfo[];
  /** How many threads pass the filter, apart from its state. */
  counts: Record<GreenThreadInfo["state"], number>;
  /** All living threads. */
  total: number;
}

export interface GreenThreadInfo {
  /** DAP thread id. */
  id: number;
  name: string;
  state: "running" | "ready" | "new";
  slot?: number;
  entryName?: string;
  entryReference?: string;
  stackPointerReference: string;
  stackLowReference?: string;
  stackHighReference?: string;
  /** Bytes. */
  stackUsed?: number;
  stackSize?: number;
  stackHighWaterMark?: number;
  /** The thread that created it (or, where nothing announced it, first switched to it), and where. */
  creator?: { threadId: number /** While it lives. */; name?: string; place?: CodePlace };
  /** While it does not run: the call with which it gave the processor away. */
  switchedOutAt?: CodePlace;
  /** The thread of the system that it was first seen on, when that is not the first one. */
  systemThread?: number;
  runs: number;
  instructions: number;
}

/** A place in the program's code. */
export interface CodePlace {
  /** The function, or the address where there is none. */
  name: string;
  instructionReference: string;
  source?: { name?: string; path?: string; sourceReference?: number; origin?: string };
  line?: number;
  column?: number;
}

/** Request `greenThreads/creation`: the calls in which a thread was created, innermost first; none where nobody knows. */
export interface CreationArguments {
  threadId: number;
}

export interface CreationResponse {
  calls: CodePlace[];
}

/** Request `greenThreads/annotateMemory`: what the words of a range are. */
export interface AnnotateMemoryArguments {
  memoryReference: string;
  /** In bytes. */
  offset?: number;
  count: number;
}

export interface AnnotateMemoryResponse {
  annotations: { memoryReference: string; length: number; kind: string; text: string; threadId?: number }[];
}

/** Request `greenThreads/focus`: makes a thread the focused one in the client (by a `stopped` event of its own). */
export interface FocusArguments {
  threadId: number;
}
