/**
 * Every message of every test client, in both directions, against the specification: its schema, its rules about
 * sequence and answers, and what capabilities announce. `client.ts` loads this in tests; a test cannot do without.
 */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { afterEach, expect } from "vitest";
import type { Message, MessageObserver } from "./client.js";
import { pascal, schemaProblems, specification } from "./schema.js";

const problems: string[] = [];

afterEach(() => {
  expect(takeProblems(), "messages that are not as the protocol has them").toEqual([]);
});

/** What has been wrong since the last call. For tests of these checks alone: others fail by what they leave here. */
export function takeProblems(): string[] {
  return problems.splice(0);
}

/** The capability of the client without which an event must not be sent. */
const neededByEvents: Readonly<Record<string, keyof DebugProtocol.InitializeRequestArguments>> = {
  memory: "supportsMemoryEvent",
  invalidated: "supportsInvalidatedEvent",
  progressStart: "supportsProgressReporting",
  progressUpdate: "supportsProgressReporting",
  progressEnd: "supportsProgressReporting",
};

/** The capability of the adapter that a request needs: its name follows from the request's. */
function neededBy(command: string): string | undefined {
  const name = `supports${pascal(command)}Request`;
  return specification.Capabilities?.properties?.[name] === undefined ? undefined : name;
}

class CheckedConversation implements MessageObserver {
  readonly #pending = new Map<number, string>();
  #lastSequence = 0;
  #client: Partial<DebugProtocol.InitializeRequestArguments> = {};
  #adapter: Readonly<Record<string, unknown>> | undefined;

  sent(request: DebugProtocol.Request, isMalformed: boolean): void {
    this.#pending.set(request.seq, request.command);
    if (isMalformed) return;
    if (request.command === "initialize") this.#client = request.arguments;
    this.#check(request);
  }

  received(message: Message): void {
    this.#check(message);
    if (message.seq !== this.#lastSequence + 1) this.#complain(`follows ${this.#lastSequence}`, message);
    this.#lastSequence = message.seq;
    if (message.type === "response") this.#checkResponse(message as DebugProtocol.Response);
    if (message.type === "event") this.#checkEvent(message as DebugProtocol.Event);
  }

  #checkResponse(response: DebugProtocol.Response): void {
    const { command, request_seq, success, body } = response;
    if (this.#pending.get(request_seq) !== command) this.#complain("answers no open request", response);
    this.#pending.delete(request_seq);
    if (command === "initialize" && success) this.#adapter = body;
    const capability = neededBy(command);
    if (success && capability !== undefined && this.#adapter?.[capability] !== true) {
      this.#complain(`is served without ${capability} being announced`, response);
    }
  }

  #checkEvent(event: DebugProtocol.Event): void {
    // What the transport itself has to complain about may come first.
    if (this.#adapter === undefined && event.event !== "output") this.#complain("comes before initialize", event);
    const needed = neededByEvents[event.event];
    if (needed !== undefined && this.#client[needed] !== true) this.#complain(`needs the client's ${needed}`, event);
  }

  #check(message: Message): void {
    problems.push(...schemaProblems(message));
  }

  #complain(what: string, message: Message): void {
    problems.push(`${what}: ${JSON.stringify(message)}`);
  }
}

export function observeMessages(): MessageObserver {
  return new CheckedConversation();
}
