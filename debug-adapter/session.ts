/**
 * A debug session: takes the client's messages, hands each request to the module of its family, and sends what they
 * answer. It knows no transport beyond messages, and neither Node nor VS Code: in a browser it runs as it is.
 */
import { ProtocolServer } from "@vscode/debugadapter/lib/protocol.js";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { BreakpointStore } from "./breakpoint-store.js";
import { breakpointRequests } from "./breakpoints.js";
import { ClientConventions } from "./client-conventions.js";
import { completionRequests } from "./completions.js";
import { dataBreakpointRequests } from "./data-breakpoints.js";
import { disassemblyRequests } from "./disassemble.js";
import { evaluateRequests } from "./evaluate.js";
import { evaluateContextRequests } from "./evaluate-context.js";
import { exceptionInfoRequests } from "./exception-info.js";
import { executionRequests } from "./execution.js";
import { gotoRequests } from "./goto.js";
import { greenThreadRequests } from "./green-threads.js";
import type { HostFiles } from "./host-files.js";
import type { Launched } from "./launched.js";
import { lifecycleRequests } from "./lifecycle.js";
import { locationRequests } from "./locations.js";
import { memoryRequests } from "./memory.js";
import { moduleRequests } from "./modules.js";
import { ProgramOutput } from "./output.js";
import { References } from "./references.js";
import { checkArguments } from "./request-arguments.js";
import { errorIds, RequestError } from "./request-error.js";
import { RequestQueue, urgentCommands } from "./request-queue.js";
import type { Command, Handlers } from "./requests.js";
import { restartFrameRequests } from "./restart-frame.js";
import { sourceRequests } from "./sources.js";
import { stackTraceRequests } from "./stack-trace.js";
import { stepInTargetRequests } from "./step-in-targets.js";
import { terminateThreadsRequests } from "./terminate-threads.js";
import { ToldSources } from "./told-sources.js";
import { variableRequests } from "./variables.js";
import type { Work } from "./work.js";

const handlers: Handlers = {
  cancel(session, { requestId, progressId }) {
    if (requestId !== undefined) session.cancel(requestId);
    if (progressId !== undefined) session.progressing.get(progressId)?.cancel();
    return undefined;
  },
  ...lifecycleRequests,
  ...breakpointRequests,
  ...dataBreakpointRequests,
  ...executionRequests,
  ...exceptionInfoRequests,
  ...gotoRequests,
  ...restartFrameRequests,
  ...terminateThreadsRequests,
  ...stepInTargetRequests,
  ...moduleRequests,
  ...stackTraceRequests,
  ...variableRequests,
  ...evaluateRequests,
  ...completionRequests,
  ...evaluateContextRequests,
  ...memoryRequests,
  ...disassemblyRequests,
  ...sourceRequests,
  ...locationRequests,
  ...greenThreadRequests,
};

/** The requests that are answered. */
export const commands: readonly string[] = Object.keys(handlers);

export interface SessionOptions {
  readonly files: HostFiles;
  /** What the host does around the making of a machine. */
  readonly whileLoading?: <Made>(make: () => Made) => Made;
  /** The program has been running for a while: it is not one of the first steps that somebody waits for. */
  readonly whenBusy?: () => void;
}

/** A session that satisfies `vscode.DebugAdapter` as it is; on streams, call `start(input, output)`. */
export function createSession(options: SessionOptions): Session {
  return new Session(options);
}

type EventBody<Event extends DebugProtocol.Event> = Event["body"];

/** The events that the adapter sends, with their bodies. */
interface Events {
  initialized: undefined;
  stopped: EventBody<DebugProtocol.StoppedEvent>;
  continued: EventBody<DebugProtocol.ContinuedEvent>;
  exited: EventBody<DebugProtocol.ExitedEvent>;
  terminated: undefined;
  thread: EventBody<DebugProtocol.ThreadEvent>;
  output: EventBody<DebugProtocol.OutputEvent>;
  breakpoint: EventBody<DebugProtocol.BreakpointEvent>;
  progressStart: EventBody<DebugProtocol.ProgressStartEvent>;
  progressUpdate: EventBody<DebugProtocol.ProgressUpdateEvent>;
  progressEnd: EventBody<DebugProtocol.ProgressEndEvent>;
  loadedSource: EventBody<DebugProtocol.LoadedSourceEvent>;
  memory: EventBody<DebugProtocol.MemoryEvent>;
  invalidated: EventBody<DebugProtocol.InvalidatedEvent>;
  process: EventBody<DebugProtocol.ProcessEvent>;
}

export class Session extends ProtocolServer {
  readonly files: HostFiles;
  readonly whileLoading: <Made>(make: () => Made) => Made;
  readonly whenBusy: (() => void) | undefined;
  readonly breakpoints = new BreakpointStore();
  readonly references = new References();
  readonly toldSources = new ToldSources();
  readonly output: ProgramOutput;
  conventions = new ClientConventions({});
  /** Work that the client shows, by the names that it knows it by. */
  readonly progressing = new Map<string, Work>();
  /** What to do when the client has said goodbye: whoever made the session may close its streams. */
  onDisconnected: () => void = () => {};
  /** The program that is being debugged; set by `launch`. */
  launched: Launched | undefined;

  #isInitialized = false;
  readonly #queue = new RequestQueue((request, work) => this.#serve(request, work));
  /** Of the request that is being answered. */
  #afterResponse: (() => void)[] = [];

  constructor({ files, whileLoading = (make) => make(), whenBusy }: SessionOptions) {
    super();
    this.files = files;
    this.whileLoading = whileLoading;
    this.whenBusy = whenBusy;
    this.output = new ProgramOutput((category, text, origin) =>
      this.emitEvent("output", { category, output: text, ...origin }),
    );
    this.on("error", (event: DebugProtocol.Event) => this.#reportGarbage(String(event.body)));
  }

  /** Bytes arrived that are no message; `problem` says what is wrong with them. */
  receivedGarbage(problem: string): void {
    this.#reportGarbage(`Error handling data: ${problem}`);
  }

  /** There is no request to answer: it is said where the client shows it. */
  #reportGarbage(text: string): void {
    this.emitEvent("output", { category: "important", output: `Green Threads debug adapter: ${text}\n` });
  }

  /** The launched program; a request that needs one fails without. */
  requireLaunched(): Launched {
    if (this.launched === undefined) {
      throw new RequestError("No program has been launched in this session yet.", false, "notLaunched");
    }
    return this.launched;
  }

  /** The launched program, which must not be running. */
  requireStopped(): Launched {
    const launched = this.requireLaunched();
    if (launched.hasEnded || launched.debuggee.state === "exited") {
      throw new RequestError("The program has ended.", false, "ended");
    }
    if (launched.isRunning) throw new RequestError("The program is running: pause it first.", false, "notStopped");
    return launched;
  }

  /** The frame that a request names; by default the innermost one of the running thread. */
  frameFor(frameId: number | undefined): ReturnType<Launched["frame"]> {
    const launched = this.requireStopped();
    const running = { thread: launched.debuggee.currentThread(), frame: 0 };
    return launched.frame(frameId === undefined ? running : this.references.frame(frameId));
  }

  emitEvent<Name extends keyof Events>(event: Name, body: Events[Name]): void {
    // What the program wrote before comes before.
    if (event !== "output") this.output.flush();
    const message: DebugProtocol.Event = { seq: 0, type: "event", event };
    this.sendEvent(body === undefined ? message : { ...message, body });
  }

  /** Does `action` when the response to the request at hand is on its way. */
  afterResponse(action: () => void): void {
    this.#afterResponse.push(action);
  }

  override dispose(): void {
    this.#queue.cancelAll();
    this.launched?.end();
    this.launched = undefined;
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    this.#queue.add(request);
  }

  /** The client does not want the answer to a request any more. */
  cancel(requestId: number): void {
    this.#queue.cancel(requestId);
  }

  /** The client has said what it takes part in, which it does once. */
  initialize(args: DebugProtocol.InitializeRequestArguments): void {
    if (this.#isInitialized) throw new RequestError("This session has been initialized already.");
    this.#isInitialized = true;
    this.conventions = new ClientConventions(args);
  }

  /** Answers a request; a promise says when it has. */
  #serve(request: DebugProtocol.Request, work: Work): Promise<void> | undefined {
    // Another request may be under way, which this one does not wait for.
    const actions: (() => void)[] = [];
    const afterOthers = this.#afterResponse;
    this.#afterResponse = actions;
    try {
      const answer = this.#handle(request, work);
      if (answer instanceof Promise) {
        return answer.then(
          (body) => this.#answer(request, body, actions),
          (error) => this.#refuse(request, error),
        );
      }
      this.#answer(request, answer, actions);
    } catch (error) {
      this.#refuse(request, error);
    } finally {
      if (urgentCommands.has(request.command)) this.#afterResponse = afterOthers;
    }
    return undefined;
  }

  #handle(request: DebugProtocol.Request, work: Work): unknown {
    const command: unknown = request.command;
    if (typeof command !== "string" || !Object.hasOwn(handlers, command)) {
      throw new RequestError(
        `This debug adapter does not know the request "${String(command)}".`,
        false,
        "unknownRequest",
      );
    }
    work.check();
    if (!this.#isInitialized && command !== "initialize" && command !== "disconnect") {
      throw new RequestError(`The session begins with the request "initialize", not "${command}".`, false, "tooEarly");
    }
    const args = checkArguments(command, request.arguments);
    if (!args.ok) throw new RequestError(args.error, false, "malformedArguments");
    // The table pairs each command with a handler of its argument type, which TypeScript cannot follow here.
    const handler = handlers[command as Command] as (session: Session, args: unknown, work: Work) => unknown;
    return handler(this, args.value, work);
  }

  #answer(request: DebugProtocol.Request, body: unknown, actions: (() => void)[]): void {
    this.sendResponse({
      seq: 0,
      type: "response",
      request_seq: request.seq,
      command: request.command,
      success: true,
      ...(body === undefined ? {} : { body }),
    });
    // An action may add another.
    for (let action = actions.shift(); action !== undefined; action = actions.shift()) action();
    this.#tellDamage();
  }

  /** An answer may have needed what turned out to be damaged. */
  #tellDamage(): void {
    for (const line of this.launched?.damage.news() ?? []) this.output.note(line);
  }

  #refuse(request: DebugProtocol.Request, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const kind = error instanceof RequestError ? error.kind : "failed";
    this.sendResponse({
      seq: 0,
      type: "response",
      request_seq: Number.isInteger(request.seq) ? request.seq : 0,
      command: String(request.command),
      success: false,
      // Two of them have names that clients know.
      message: kind === "cancelled" || kind === "notStopped" ? kind : message,
      body: {
        error: {
          id: errorIds[kind],
          // DAP formats `{name}` in this text from `variables`: a literal brace goes through one.
          format: kind === "failed" ? "The debug adapter failed: {message}" : "{message}",
          variables: { message },
          showUser: error instanceof RequestError && error.showUser,
        },
      },
    });
  }
}
