/**
 * What the debug adapter makes of the Debug Adapter Protocol, in our words: one note for each capability, request and
 * event of the specification. `docs/capabilities.md` is made of these, the schema and the response to `initialize`
 * (`npm run capabilities`); a test compares all of them, so that nothing is announced that has no note and no test.
 */

/** It is there: what it does here, and the test that shows it, under `test/`. */
export interface Served {
  readonly does: string;
  readonly test: string;
  /** What the test file must mention; by default the request that the capability is named after. */
  readonly mentions?: string;
}

/** It is not there. */
export interface Unserved {
  readonly whyNot: string;
}

export type Note = Served | Unserved;
export type Notes = Readonly<Record<string, Note>>;

const adapter = (file: string) => `debug-adapter/${file}.test.ts`;

export const capabilityNotes: Notes = {
  supportsConfigurationDoneRequest: {
    does: "The program starts when the client has set its breakpoints.",
    test: adapter("lifecycle"),
  },
  supportsFunctionBreakpoints: {
    does: "By the names of functions and of labels in code, behind what sets up the frame.",
    test: adapter("breakpoints"),
    mentions: "setFunctionBreakpoints",
  },
  supportsConditionalBreakpoints: {
    does: "Expressions over variables, registers, symbols and the thread, evaluated in the adapter's own process, for breakpoints of every kind.",
    test: adapter("breakpoints"),
    mentions: "condition",
  },
  supportsHitConditionalBreakpoints: {
    does: "`5`, `== 5`, `>= 5`, `% 5` and the like.",
    test: adapter("breakpoints"),
    mentions: "hitCondition",
  },
  supportsEvaluateForHovers: {
    does: "Hovers evaluate without side effects: only the console assigns.",
    test: adapter("evaluate"),
    mentions: "hover",
  },
  exceptionBreakpointFilters: {
    does: "Yield, switch, spawn, thread finished, fault, signal, program exit; each with a condition on the thread, its entry function or anything else, and each with its `exceptionInfo`.",
    test: adapter("event-conditions"),
    mentions: "setExceptionBreakpoints",
  },
  supportsStepBack: { whyNot: "Execution is not recorded yet: there is nothing to go back in." },
  supportsSetVariable: {
    does: "Registers, parts of registers and flags of any frame; numbers among the variables of the source. A parked thread's registers are written where they are saved.",
    test: adapter("registers"),
    mentions: "setVariable",
  },
  supportsRestartFrame: {
    does: "Of the running thread, where all registers can be told; what memory and output keep is said. Parked threads, inlined functions and frames below a signal's handler are refused.",
    test: adapter("restart-frame"),
    mentions: "restartFrame",
  },
  supportsGotoTargetsRequest: {
    does: "Each place of a line where instructions begin; on a parked thread, its saved return address.",
    test: adapter("navigation"),
  },
  supportsStepInTargetsRequest: {
    does: "The functions that the rest of the line calls; the step enters the chosen one alone.",
    test: adapter("navigation"),
  },
  supportsCompletionsRequest: {
    does: "Registers, flags, properties of the thread, symbols.",
    test: adapter("evaluate"),
  },
  completionTriggerCharacters: {
    does: "`$` and `%` begin a register, `.` follows `thread`.",
    test: adapter("evaluate"),
    mentions: "completions",
  },
  supportsModulesRequest: {
    does: "A static executable is one module.",
    test: adapter("navigation"),
    mentions: "modules",
  },
  additionalModuleColumns: { whyNot: "One module needs no columns of its own." },
  supportedChecksumAlgorithms: { whyNot: "Sources carry no checksums." },
  supportsRestartRequest: {
    does: "The program starts anew, with the breakpoints as they are; what has changed of its files is read again. One that cannot be loaded leaves the old one as it is.",
    test: adapter("lifecycle"),
  },
  supportsExceptionOptions: { whyNot: "Filters with conditions (`filterOptions`) say the same." },
  supportsValueFormattingOptions: {
    does: "`hex` in `variables`, `setVariable`, `evaluate`, `setExpression`; in `stackTrace` the parameters with types and values, line and module in the names of frames.",
    test: adapter("locations"),
    mentions: "format",
  },
  supportsExceptionInfoRequest: {
    does: "What went wrong at a fault and what probably caused it, and which signal is about to end the program.",
    test: adapter("bad-input"),
  },
  supportTerminateDebuggee: {
    whyNot: "The program lives in the adapter: it ends with the session, whatever the client wishes.",
  },
  supportSuspendDebuggee: { whyNot: "The program lives in the adapter: there is nothing to leave suspended." },
  supportsDelayedStackTraceLoading: {
    does: "`startFrame` and `levels`, with the total number of frames.",
    test: adapter("threads-and-stacks"),
    mentions: "levels",
  },
  supportsLoadedSourcesRequest: {
    does: "All sources that the program was made of, the library's included.",
    test: adapter("lifecycle"),
  },
  supportsLogPoints: {
    does: "Expressions in braces are evaluated where the breakpoint is; the program goes on.",
    test: adapter("breakpoints"),
    mentions: "logMessage",
  },
  supportsTerminateThreadsRequest: {
    does: "Threads of our guest library that wait for their turn. Running ones, the base thread, and those of runtimes that are not known that far are refused with the reason.",
    test: adapter("thread-control"),
    mentions: "terminateThreads",
  },
  supportsSetExpression: {
    does: "Variables, registers and memory, as the console's assignments.",
    test: adapter("evaluate"),
    mentions: "setExpression",
  },
  supportsTerminateRequest: {
    does: "The program gets SIGTERM and stops nowhere on its way; asked again, it ends where it is.",
    test: adapter("ending"),
  },
  supportsDataBreakpoints: {
    does: "On variables and their parts, on what an expression names, on addresses and ranges: at reads, at changes, at any access; with conditions and hit counts, and also for what a system call writes. One on a local variable ends with its frame.",
    test: adapter("watched-variables"),
    mentions: "setDataBreakpoints",
  },
  supportsReadMemoryRequest: { does: "Up to 4 MiB in one answer.", test: adapter("memory") },
  supportsWriteMemoryRequest: {
    does: "All or nothing, or with `allowPartial` what is mapped.",
    test: adapter("memory"),
  },
  supportsDisassembleRequest: {
    does: "In both directions, aligned to where instructions are known to begin, in the syntax of the source, with symbols, bytes and lines.",
    test: adapter("disassembly"),
  },
  supportsCancelRequest: {
    does: "Requests that wait are dropped; those under way end at the next opportunity.",
    test: adapter("cancel"),
  },
  supportsBreakpointLocationsRequest: {
    does: "The lines that instructions were made of.",
    test: adapter("breakpoints"),
  },
  supportsClipboardContext: {
    does: "What is copied can be typed in again: the value without the hint behind it.",
    test: adapter("evaluate"),
    mentions: "clipboard",
  },
  supportsSteppingGranularity: {
    does: "Lines and instructions; a statement is a line.",
    test: adapter("stepping"),
    mentions: "granularity",
  },
  supportsInstructionBreakpoints: {
    does: "At any instruction.",
    test: adapter("breakpoints"),
    mentions: "setInstructionBreakpoints",
  },
  supportsExceptionFilterOptions: {
    does: "A condition for each filter, about the thread that it happens to.",
    test: adapter("event-stops"),
    mentions: "filterOptions",
  },
  supportsSingleThreadExecutionRequests: {
    does: "The others of our guest library are held. Where nobody can hold them, the run ends as soon as another one gets the processor, and says so. A parked thread is refused.",
    test: adapter("thread-control"),
    mentions: "singleThread",
  },
  supportsDataBreakpointBytes: {
    does: "Ranges of up to 1 MiB.",
    test: adapter("data-breakpoints"),
    mentions: "bytes",
  },
  breakpointModes: {
    does: "For data: every write, also of the value that was there before.",
    test: adapter("data-breakpoints"),
  },
  supportsANSIStyling: {
    does: "What the program writes is passed on as it is; in values escape sequences are text.",
    test: adapter("output-origins"),
  },
};

/** Requests without a capability of their own: all others follow from the table of capabilities. */
export const requestNotes: Notes = {
  attach: { whyNot: "There is no process to attach to: programs run in the adapter." },
  runInTerminal: { whyNot: "Goes to the client; the program needs no terminal of the host." },
  startDebugging: { whyNot: "Goes to the client; children of the program belong to its session." },
  stepBack: { whyNot: "See `supportsStepBack`." },
  reverseContinue: { whyNot: "See `supportsStepBack`." },
  restartFrame: { whyNot: "See `supportsRestartFrame`." },
};

export const eventNotes: Notes = {
  initialized: { does: "When a program is loaded and takes breakpoints.", test: adapter("stdio") },
  stopped: { does: "Why, in which thread, at which breakpoints; all threads stop.", test: adapter("stepping") },
  continued: { whyNot: "The program never goes on by itself: the answer to the request says it." },
  exited: { does: "With the exit status of the program.", test: adapter("lifecycle") },
  terminated: { does: "When the program has ended, or is to end.", test: adapter("lifecycle") },
  thread: { does: "Birth and end of each green thread.", test: adapter("lifecycle") },
  output: {
    does: "What the program writes, with a link to the line that wrote it; log points; notes about the program.",
    test: adapter("output-origins"),
  },
  breakpoint: {
    does: "What becomes of breakpoints that were set before the program was there.",
    test: adapter("breakpoints"),
  },
  module: { whyNot: "A program has one module, which never changes." },
  loadedSource: {
    does: "When the program is loaded or restarted, and the client had asked for the sources before.",
    test: adapter("told-sources"),
  },
  process: { does: "Which program runs.", test: adapter("lifecycle") },
  capabilities: { whyNot: "What is announced holds for the whole session." },
  progressStart: {
    does: "When loading a program takes more than a second; it can be cancelled.",
    test: adapter("loading"),
  },
  progressUpdate: { does: "What is being done.", test: adapter("loading") },
  progressEnd: { does: "When the program is loaded, or cannot be.", test: adapter("loading") },
  invalidated: { does: "After a register or memory was written by hand.", test: adapter("registers") },
  memory: { does: "After memory was written by hand, a register saved in memory included.", test: adapter("memory") },
};
