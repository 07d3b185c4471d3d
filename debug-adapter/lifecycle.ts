/** The life of a session: initialize, launch, configurationDone, restart, terminate, disconnect. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Diagnostic } from "../runtime/base/source.js";
import { baseName, isAbsolutePath, joinPath } from "../runtime/base/source-path.js";
import { type DebuggeeObserver, loadDebuggee, type ThreadId } from "../runtime/debuggee.js";
import { ConsoleInput, consoleOutput, consoleTerminal } from "./console-streams.js";
import { everyWrite } from "./data-breakpoints.js";
import { exceptionFilters } from "./exception-filters.js";
import { askToEnd, reportStop, startRun } from "./execution.js";
import { checkLaunchAttributes, programFiles, threadsShown } from "./launch-attributes.js";
import { Launched } from "./launched.js";
import { describeDiagnostic } from "./load-program.js";
import { loadedProgram } from "./loaded-program.js";
import { originOfOutput } from "./output-origin.js";
import { grantedFolders, standardInputOf } from "./program-input.js";
import { Progress } from "./progress.js";
import type { LaunchAttributes } from "./protocol.js";
import { RequestError } from "./request-error.js";
import type { Handlers } from "./requests.js";
import type { Session } from "./session.js";
import { toClientPath } from "./source-names.js";
import type { Work } from "./work.js";

const waitsForInput =
  "The program waits for input: type it in the Debug Console. ^D ends it; a line that begins with > can be typed before.";

const capabilities: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsFunctionBreakpoints: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsInstructionBreakpoints: true,
  supportsDataBreakpoints: true,
  supportsDataBreakpointBytes: true,
  breakpointModes: [everyWrite],
  supportsBreakpointLocationsRequest: true,
  supportsExceptionFilterOptions: true,
  exceptionBreakpointFilters: exceptionFilters,
  supportsExceptionInfoRequest: true,
  supportsSteppingGranularity: true,
  supportsStepInTargetsRequest: true,
  supportsGotoTargetsRequest: true,
  supportsRestartFrame: true,
  supportsTerminateThreadsRequest: true,
  supportsSingleThreadExecutionRequests: true,
  supportsModulesRequest: true,
  supportsDelayedStackTraceLoading: true,
  supportsEvaluateForHovers: true,
  supportsClipboardContext: true,
  supportsValueFormattingOptions: true,
  supportsSetVariable: true,
  supportsSetExpression: true,
  supportsCompletionsRequest: true,
  completionTriggerCharacters: ["$", "%", "."],
  supportsReadMemoryRequest: true,
  supportsWriteMemoryRequest: true,
  supportsDisassembleRequest: true,
  supportsLoadedSourcesRequest: true,
  supportsRestartRequest: true,
  supportsTerminateRequest: true,
  supportsCancelRequest: true,
  supportsANSIStyling: true,
};

export const lifecycleRequests: Handlers = {
  initialize(session, args) {
    session.initialize(args);
    return capabilities;
  },

  async launch(session, args, work) {
    if (session.launched !== undefined) throw new RequestError("This session has launched its program already.");
    const launched = await load(session, args, work);
    session.afterResponse(() => {
      placeBreakpoints(session, launched);
      session.emitEvent("initialized", undefined);
    });
    return undefined;
  },

  configurationDone(session) {
    const launched = session.requireLaunched();
    if (launched.hasEnded) throw new RequestError("The program has ended.", false, "ended");
    if (launched.hasStarted) throw new RequestError("The program has been started already.");
    launched.hasStarted = true;
    session.afterResponse(() => start(session, launched));
    return undefined;
  },

  async restart(session, args, work) {
    const before = session.requireLaunched();
    // When the new program cannot be loaded, the old one stays as it is.
    const launched = await load(session, args.arguments ?? before.attributes, work);
    before.end();
    launched.hasStarted = true;
    session.afterResponse(() => {
      placeBreakpoints(session, launched);
      start(session, launched);
    });
    return undefined;
  },

  terminate(session) {
    const { launched } = session;
    const isOver = launched === undefined || launched.hasEnded;
    if (!isOver && launched.hasStarted && !launched.isTerminating) {
      session.afterResponse(() => askToEnd(session, launched));
    } else {
      // One that has not begun to run, or that has been asked in vain.
      launched?.end();
      session.afterResponse(() => session.emitEvent("terminated", undefined));
    }
    return undefined;
  },

  disconnect(session) {
    session.dispose();
    session.afterResponse(() => session.onDisconnected());
    return undefined;
  },
};

/** Loads the program that the attributes name, and makes it the session's; says so where that takes its time. */
async function load(session: Session, given: unknown, work: Work): Promise<Launched> {
  const attributes = checkLaunchAttributes(given);
  const progress = new Progress(session, work, `Loading ${baseName(programFiles(attributes)[0])}`);
  try {
    return await loadWith(session, attributes, progress);
  } finally {
    progress.end();
  }
}

async function loadWith(session: Session, attributes: LaunchAttributes, progress: Progress): Promise<Launched> {
  const resolve = (path: string): string => resolvePath(session, attributes.cwd, path);
  const programs = programFiles(attributes);
  const loaded = await loadedProgram(session, attributes, resolve, progress, (diagnostic) =>
    reportDiagnostic(session, diagnostic),
  );
  const { program } = loaded;
  await progress.next("Reading its input");
  const { stdin, folders = {} } = attributes;
  const standardInput = await standardInputOf(
    session.files,
    typeof stdin === "object" ? { file: resolve(stdin.file) } : stdin,
  );
  if (!standardInput.ok) throw new RequestError(standardInput.error, true);
  const hostFolders = await grantedFolders(
    session.files,
    Object.fromEntries(Object.entries(folders).map(([path, source]) => [path, resolve(source)])),
  );
  if (!hostFolders.ok) throw new RequestError(hostFolders.error, true);
  const { stopAt } = attributes;
  if (stopAt !== undefined && program.functionNamed(stopAt) === undefined) {
    throw new RequestError(`The program has no function named "${stopAt}", which "stopAt" names.`, true);
  }
  let launched: Launched | undefined;
  const announced = new Set<ThreadId>();
  const mostAnnounced = threadsShown(attributes);
  const threadEvent = (reason: "started" | "exited", threadId: ThreadId) => {
    if (launched?.hasEnded === true) return;
    // Of more threads than are shown, the client hears when it asks.
    const isKnown = reason === "exited" ? announced.delete(threadId) : announced.size < mostAnnounced;
    if (!isKnown) return;
    if (reason === "started") announced.add(threadId);
    session.emitEvent("thread", { reason, threadId });
  };
  const observer: DebuggeeObserver = {
    output: (stream, bytes) => {
      if (launched?.hasEnded === true) return;
      session.output.write(stream, bytes, () => launched && originOfOutput(session, launched));
    },
    note: (text) => session.output.note(text),
    threadStarted: (thread) => threadEvent("started", thread),
    threadExited: (thread) => threadEvent("exited", thread),
    dataBreakpointEnded: (ended) => {
      const breakpoint = session.breakpoints.dataBreakpointEnded(ended);
      if (breakpoint !== undefined) session.emitEvent("breakpoint", { reason: "changed", breakpoint });
    },
  };
  await progress.next("Loading it into memory");
  const terminal = consoleTerminal();
  const consoleInput =
    standardInput.value === undefined
      ? new ConsoleInput(terminal, () => session.output.note(waitsForInput))
      : undefined;
  const debuggee = session.whileLoading(() =>
    loadDebuggee(program.image, {
      arguments: attributes.args ?? [],
      programName: programs[0],
      environment: attributes.env ?? {},
      abi: attributes.abi ?? "systemV",
      threadModel: attributes.threadModel,
      standardInput: standardInput.value ?? consoleInput,
      standardOutput: consoleOutput(terminal, (bytes) => observer.output("stdout", bytes)),
      standardError: consoleOutput(terminal, (bytes) => observer.output("stderr", bytes)),
      ...(attributes.limits?.instructions !== undefined && { instructionLimit: attributes.limits.instructions }),
      ...(attributes.limits?.memory !== undefined && { memoryLimit: attributes.limits.memory * 2 ** 20 }),
      hostFolders: hostFolders.value,
      observer,
    }),
  );
  if (!debuggee.ok) throw new RequestError(debuggee.error, true);
  launched = new Launched(attributes, loaded, debuggee.value, consoleInput);
  session.launched = launched;
  return launched;
}

/** Gives the program the breakpoints that the client has set before, and tells what becomes of each. */
function placeBreakpoints(session: Session, launched: Launched): void {
  const placed = session.breakpoints.apply(launched, (text) => session.output.note(text));
  for (const breakpoint of placed.values()) session.emitEvent("breakpoint", { reason: "changed", breakpoint });
  session.breakpoints.events.apply(launched);
}

/** Says in the console what is wrong in a source, with a link to the place. */
function reportDiagnostic(session: Session, diagnostic: Diagnostic): void {
  const { severity, span } = diagnostic;
  const { conventions } = session;
  session.emitEvent("output", {
    category: severity === "error" ? "stderr" : "console",
    output: `${describeDiagnostic(diagnostic)}\n`,
    source: { name: baseName(span.path), path: toClientPath(span.path, conventions.pathFormat) },
    ...(span.line > 0 && {
      line: conventions.lineToClient(span.line),
      column: conventions.columnToClient(span.column),
    }),
  });
}

/** Where a file is: relative paths are seen from `cwd`, and that from where the adapter runs. */
function resolvePath(session: Session, cwd: string | undefined, path: string): string {
  const { workingFolder } = session.files;
  let folder = cwd ?? workingFolder;
  if (cwd !== undefined && workingFolder !== undefined && !isAbsolutePath(cwd)) folder = joinPath(workingFolder, cwd);
  return isAbsolutePath(path) || folder === undefined ? path : joinPath(folder, path);
}

/** All is set: the program runs, or stops where it begins. */
function start(session: Session, launched: Launched): void {
  const { attributes, debuggee, program } = launched;
  const first = attributes.stopAt === undefined ? undefined : program.functionNamed(attributes.stopAt);
  session.emitEvent("process", { name: programFiles(attributes)[0], isLocalProcess: false, startMethod: "launch" });
  if (attributes.stopOnEntry === true && attributes.noDebug !== true) {
    reportStop(session, launched, { kind: "entry", thread: debuggee.currentThread() });
  } else {
    const until = first === undefined || attributes.noDebug === true ? [] : [program.bodyStart(first.address)];
    startRun(session, launched, { kind: "continue", until });
  }
}
