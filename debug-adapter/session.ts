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
import { executionRequests } from "./execution.js";
import { gotoRequests } from "./goto.js";
import { greenThreadRequests } from "./green-threads.js";
import type { HostFiles } from "./host-files.js";
import type { Launched } from "./launched.js";
import { lifecycleRequests } from "./lifecycle.js";
import { memoryRequests } from "./memory.js";
import { moduleRequests } from "./modules.js";
import { ProgramOutput } from "./output.js";
import { References } from "./references.js";
import { RequestError } from "./request-error.js";
import { type Command, type Handlers, whyArgumentsAreWrong } from "./requests.js";
import { sourceRequests } from "./sources.js";
import { stackTraceRequests } from "./stack-trace.js";
import { stepInTargetRequests } from "./step-in-targets.js";
import { variableRequests } from "./variables.js";

const handlers: Handlers = {
  ...lifecycleRequests,
  ...breakpointRequests,
  ...dataBreakpointRequests,
  ...executionRequests,
  ...gotoRequests,
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
  ...greenThreadRequests,
};

/** The requests that are answered. */
export const commands: readonly string[] = Object.keys(handlers);

export interface SessionOptions {
  readonly files: HostFiles;
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
  memory: EventBody<DebugProtocol.MemoryEvent>;
  invalidated: EventBody<DebugProtocol.InvalidatedEvent>;
  process: EventBody<DebugProtocol.ProcessEvent>;
}

export class Session extends ProtocolServer {
  readonly files: HostFiles;
  readonly breakpoints = new BreakpointStore();
  readonly references = new References();
  readonly output: ProgramOutput;
  conventions = new ClientConventions({});
  /** What to do when the client has said goodbye: whoever made the session may close its streams. */
  onDisconnected: () => void = () => {};
  /** The program that is being debugged; set by `launch`. */
  launched: Launched | undefined;

  readonly #afterResponse: (() => void)[] = [];

  constructor({ files }: SessionOptions) {
    super();
    this.files = files;
    this.output = new ProgramOutput((category, text, origin) =>
      this.emitEvent("output", { category, output: text, ...origin }),
    );
    // Bytes that are no message have no request to answer: say so where the client shows it, and live on.
    this.on("error", (event: DebugProtocol.Event) =>
      this.emitEvent("output", { category: "important", output: `Green Threads debug adapter: ${event.body}\n` }),
    );
  }

  /** The launched program; a request that needs one fails without. */
  requireLaunched(): Launched {
    if (this.launched === undefined) throw new RequestError("No program has been launched in this session yet.");
    return this.launched;
  }

  /** The launched program, which must not be running. */
  requireStopped(): Launched {
    const launched = this.requireLaunched();
    if (launched.debuggee.state === "exited") throw new RequestError("The program has ended.");
    if (launched.isRunning) throw new RequestError("The program is running: pause it first.");
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
    this.launched?.end();
    this.launched = undefined;
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    const command: unknown = request.command;
    if (typeof command !== "string" || !Object.hasOwn(handlers, command)) {
      this.#refuse(request, new RequestError(`This debug adapter does not know the request "${String(command)}".`));
      return;
    }
    try {
      const wrong = whyArgumentsAreWrong(command as Command, request.arguments);
      if (wrong !== undefined) throw new RequestError(wrong);
      // The table pairs each command with a handler of its argument type, which TypeScript cannot follow here.
      const handler = handlers[command as Command] as (session: Session, args: unknown) => unknown;
      const answer = handler(this, request.arguments ?? {});
      if (answer instanceof Promise) {
        answer.then(
          (body) => this.#answer(request, body),
          (error) => this.#refuse(request, error),
        );
      } else {
        this.#answer(request, answer);
      }
    } catch (error) {
      this.#refuse(request, error);
    }
  }

  #answer(request: DebugProtocol.Request, body: unknown): void {
    this.sendResponse({
      seq: 0,
      type: "response",
      request_seq: request.seq,
      command: request.command,
      success: true,
      ...(body === undefined ? {} : { body }),
    });
    // An action may add another.
    for (let action = this.#afterResponse.shift(); action !== undefined; action = this.#afterResponse.shift()) action();
  }

  #refuse(request: DebugProtocol.Request, error: unknown): void {
    this.#afterResponse.length = 0;
    const message = error instanceof Error ? error.message : String(error);
    const isExpected = error instanceof RequestError;
    this.sendResponse({
      seq: 0,
      type: "response",
      request_seq: Number.isInteger(request.seq) ? request.seq : 0,
      command: String(request.command),
      success: false,
      message,
      body: {
        error: {
          id: isExpected ? 1 : 2,
          // DAP formats `{name}` in this text from `variables`: a literal brace goes through one.
          format: isExpected ? "{message}" : "The debug adapter failed: {message}",
          variables: { message },
          showUser: isExpected && error.showUser,
        },
      },
    });
  }
}
