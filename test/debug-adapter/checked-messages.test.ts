/** The checks that every protocol test stands under find what they are there to find. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import { observeMessages, takeProblems } from "./support/checked-messages.js";
import type { Message } from "./support/client.js";
import { schemaProblems, specification } from "./support/schema.js";

const request = (command: string, args?: object) => ({ seq: 1, type: "request", command, arguments: args });
const response = (command: string, body?: object) => ({
  seq: 1,
  type: "response",
  request_seq: 1,
  command,
  success: true,
  body,
});
const event = (name: string, body?: object) => ({ seq: 1, type: "event", event: name, body });

describe("the schema", () => {
  it.each([
    ["an unknown request", request("fly", {}), "knows no FlyRequest"],
    ["an unknown request of ours", request("greenThreads/fly", {}), "knows no GreenThreads/flyRequest"],
    ["a missing argument", request("stackTrace", {}), "'threadId'"],
    ["an argument of another type", request("continue", { threadId: "1" }), "must be integer"],
    ["an argument with a spelling mistake", request("next", { threadId: 1, granularty: "line" }), '"granularty"'],
    ["a mistake deep inside", request("setBreakpoints", { source: { path: 1 } }), "/arguments/source/path"],
    ["no launch arguments", request("launch"), "'arguments'"],
    ["an unknown capability", response("initialize", { supportsFlying: true }), '"supportsFlying"'],
    ["a frame without a column", response("stackTrace", { stackFrames: [{ id: 1, name: "f", line: 1 }] }), "'column'"],
    ["an unknown property of a variable", response("variables", { variables: [{ nam: 1 }] }), '"nam"'],
    ["an error without a body", { ...response("next"), success: false }, "'body'"],
    ["an unknown event", event("landed", {}), "knows no LandedEvent"],
    ["a stop without a reason", event("stopped", { threadId: 1 }), "'reason'"],
    ["sequence number 0", { ...event("initialized"), seq: 0 }, "must be >= 1"],
    ["an argument of ours of another type", request("greenThreads/focus", { threadId: null }), "must be integer"],
    [
      "an unknown property in a body of ours",
      response("greenThreads/list", { threads: [], counts: { running: 0, ready: 0, new: 0 }, total: 0, more: 1 }),
      '"more"',
    ],
    ["a body where none belongs", response("greenThreads/focus", {}), "/body"],
  ])("refuses %s", (_, message, problem) => {
    expect(schemaProblems(message as Message).join("\n")).toContain(problem);
  });

  it.each([
    ["launch arguments of our own", request("launch", { program: "a.s", noDebug: true, limits: {} })],
    ["a restart with a whole configuration", request("restart", { arguments: { program: "a.s" } })],
    ["a format that is for stacks", request("stackTrace", { threadId: 1, format: { hex: true, line: true } })],
    [
      "variables of an error's text",
      { ...response("next", { error: { id: 1, format: "{x}", variables: { x: "y" } } }), success: false },
    ],
    ["a request of ours", request("greenThreads/annotateMemory", { memoryReference: "0x0", count: 1 })],
  ])("takes %s", (_, message) => {
    expect(schemaProblems(message as Message)).toEqual([]);
  });

  it("is that of the specification 1.71", () => {
    // New there: the ANSI styling of output, and references to declarations.
    expect(specification.Capabilities?.properties).toHaveProperty("supportsANSIStyling");
    expect(specification.Variable?.properties).toHaveProperty("declarationLocationReference");
  });
});

describe("a conversation", () => {
  function problemsOf(...messages: object[]): string {
    const observer = observeMessages();
    for (const message of messages) {
      if ((message as Message).type === "request") observer.sent(message as DebugProtocol.Request, false);
      else observer.received(message as Message);
    }
    return takeProblems().join("\n");
  }
  const initialize = (args: object, capabilities: object) => [
    request("initialize", { adapterID: "a", ...args }),
    response("initialize", capabilities),
  ];

  it.each([
    [
      "a second answer",
      [request("threads"), response("threads", { threads: [] }), { ...response("threads", { threads: [] }), seq: 2 }],
      "answers no open request",
    ],
    ["an answer to another command", [request("threads"), response("next")], "answers no open request"],
    ["a sequence number left out", [...initialize({}, {}), { ...event("terminated"), seq: 3 }], "follows 1"],
    ["an event before initialize", [event("terminated")], "comes before initialize"],
    [
      "an event that the client does not take",
      [...initialize({}, {}), { ...event("memory", { memoryReference: "0x0", offset: 0, count: 1 }), seq: 2 }],
      "supportsMemoryEvent",
    ],
    [
      "a request that is served and not announced",
      [...initialize({}, {}), { ...request("cancel", {}), seq: 2 }, { ...response("cancel"), seq: 2, request_seq: 2 }],
      "supportsCancelRequest",
    ],
  ])("may not have %s", (_, messages, problem) => {
    expect(problemsOf(...messages)).toContain(problem);
  });

  it("may have what capabilities allow", () => {
    const [first, answer] = initialize({ supportsInvalidatedEvent: true }, { supportsCancelRequest: true });
    const cancel = { ...request("cancel", {}), seq: 2 };
    expect(
      problemsOf(first as object, answer as object, { ...event("invalidated", {}), seq: 2 }, cancel, {
        ...response("cancel"),
        seq: 3,
        request_seq: 2,
      }),
    ).toBe("");
  });
});
