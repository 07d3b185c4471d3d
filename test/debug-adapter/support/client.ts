/** A debug adapter client for tests and the demonstration, over any way to pass messages. */
import type { DebugProtocol } from "@vscode/debugprotocol";

export type Message = DebugProtocol.ProtocolMessage;
type AnyEvent = DebugProtocol.Event;

/** Sees every message of a client. */
export interface MessageObserver {
  /** `isMalformed`: what is sent is wrong by intent. */
  sent(request: DebugProtocol.Request, isMalformed: boolean): void;
  received(message: Message): void;
}

/** In tests every message is checked; the demonstration and measurements use the same client without. */
const observeMessages: () => MessageObserver | undefined =
  process.env.VITEST === undefined ? () => undefined : (await import("./checked-messages.js")).observeMessages;

/** The text of an error as clients show it: names in braces stand for variables. */
function formatted(error: DebugProtocol.Message | undefined): string | undefined {
  return error?.format.replace(/\{(\w+)\}/g, (name, key: string) => error.variables?.[key] ?? name);
}

/** A request was answered with an error. */
export class RequestFailed extends Error {
  constructor(
    readonly command: string,
    readonly response: DebugProtocol.ErrorResponse,
  ) {
    super(formatted(response.body.error) ?? response.message ?? "no message");
  }

  /** What the adapter calls it in short. */
  get short(): string | undefined {
    return this.response.message;
  }

  get showUser(): boolean {
    return this.response.body.error?.showUser === true;
  }
}

export class Client {
  /** Every message in both directions, in order. */
  readonly messages: { readonly from: "client" | "adapter"; readonly message: Message }[] = [];
  readonly #pending = new Map<
    number,
    { readonly answer: (response: DebugProtocol.Response) => void; readonly reject: (error: Error) => void }
  >();
  /** Events that nobody has waited for yet. */
  readonly #unread: AnyEvent[] = [];
  #waiting: { matches: (event: AnyEvent) => boolean; resolve: (event: AnyEvent) => void }[] = [];
  #sequence = 1;
  readonly #observer = observeMessages();

  constructor(private readonly sendMessage: (message: Message) => void) {}

  /** Call this with what the adapter sends. */
  receive(message: Message): void {
    this.messages.push({ from: "adapter", message });
    this.#observer?.received(message);
    if (message.type === "response") {
      const response = message as DebugProtocol.Response;
      this.#pending.get(response.request_seq)?.answer(response);
      this.#pending.delete(response.request_seq);
    } else if (message.type === "event") {
      const event = message as AnyEvent;
      const index = this.#waiting.findIndex(({ matches }) => matches(event));
      if (index < 0) this.#unread.push(event);
      else this.#waiting.splice(index, 1)[0]?.resolve(event);
    }
  }

  /** The body of the response; rejects with `RequestFailed` when the adapter refuses. */
  request<Body = undefined>(command: string, args?: object): Promise<Body> {
    return this.#send(command, args, false);
  }

  /** The same for a request that is wrong by intent: in any other, tests complain about what is wrong. */
  malformedRequest<Body = undefined>(command: string, args?: unknown): Promise<Body> {
    return this.#send(command, args, true);
  }

  #send<Body>(command: string, args: unknown, isMalformed: boolean): Promise<Body> {
    const seq = this.#sequence++;
    const request: DebugProtocol.Request = {
      seq,
      type: "request",
      command,
      ...(args !== undefined && { arguments: args }),
    };
    this.messages.push({ from: "client", message: request });
    this.#observer?.sent(request, isMalformed);
    return new Promise((resolve, reject) => {
      const answer = (response: DebugProtocol.Response) => {
        if (response.success) resolve(response.body as Body);
        else reject(new RequestFailed(command, response as DebugProtocol.ErrorResponse));
      };
      this.#pending.set(seq, { answer, reject });
      this.sendMessage(request);
    });
  }

  /** The adapter is gone: nothing that was asked will be answered. */
  lost(reason: string): void {
    for (const { reject } of this.#pending.values()) reject(new Error(reason));
    this.#pending.clear();
  }

  /** The next event of that name (that matches), among those not waited for yet and those to come. */
  event<Event extends AnyEvent = AnyEvent>(
    name: string,
    matches: (body: Event["body"]) => boolean = () => true,
  ): Promise<Event["body"]> {
    const isIt = (event: AnyEvent) => event.event === name && matches(event.body);
    const index = this.#unread.findIndex(isIt);
    if (index >= 0) return Promise.resolve(this.#unread.splice(index, 1)[0]?.body);
    return new Promise((resolve) => this.#waiting.push({ matches: isIt, resolve: (event) => resolve(event.body) }));
  }

  /** The next stop; rejects when the program ends instead. */
  async stopped(): Promise<DebugProtocol.StoppedEvent["body"]> {
    const isEnd = (event: AnyEvent) => event.event === "stopped" || event.event === "terminated";
    const index = this.#unread.findIndex(isEnd);
    const event =
      index >= 0
        ? this.#unread.splice(index, 1)[0]
        : await new Promise<AnyEvent>((resolve) => this.#waiting.push({ matches: isEnd, resolve }));
    if (event?.event !== "stopped") throw new Error(`the program ended instead of stopping\n${this.output()}`);
    return event.body;
  }

  /** All that arrived as output of these categories. */
  output(...categories: string[]): string {
    return this.messages
      .flatMap(({ message }) => {
        const { event, body } = message as AnyEvent;
        return event === "output" && (categories.length === 0 || categories.includes(body.category))
          ? [body.output]
          : [];
      })
      .join("");
  }

  /** Initializes as an editor does. */
  initialize(args: Partial<DebugProtocol.InitializeRequestArguments> = {}): Promise<DebugProtocol.Capabilities> {
    return this.request("initialize", {
      adapterID: "green-threads",
      clientID: "test",
      linesStartAt1: true,
      columnsStartAt1: true,
      pathFormat: "path",
      supportsMemoryEvent: true,
      supportsInvalidatedEvent: true,
      ...args,
    });
  }

  threads(): Promise<DebugProtocol.Thread[]> {
    return this.request<DebugProtocol.ThreadsResponse["body"]>("threads").then(({ threads }) => threads);
  }

  stackTrace(threadId: number): Promise<DebugProtocol.StackFrame[]> {
    return this.request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", { threadId }).then(
      ({ stackFrames }) => stackFrames,
    );
  }

  /** The scopes of a frame with all their variables, by name. */
  async registers(frameId: number): Promise<Map<string, DebugProtocol.Variable[]>> {
    const { scopes } = await this.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId });
    const groups = new Map<string, DebugProtocol.Variable[]>();
    for (const { name, variablesReference } of scopes) {
      const { variables } = await this.request<DebugProtocol.VariablesResponse["body"]>("variables", {
        variablesReference,
      });
      groups.set(name, variables);
    }
    return groups;
  }

  evaluate(expression: string, args: object = {}): Promise<DebugProtocol.EvaluateResponse["body"]> {
    return this.request("evaluate", { expression, context: "watch", ...args });
  }
}
