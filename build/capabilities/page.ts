/** The page `docs/capabilities.md`: the specification, line by line, and what becomes of it here. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { commands, createSession } from "../../debug-adapter/session.js";
import { capabilityNotes, eventNotes, type Note, type Notes, requestNotes } from "./notes.js";

/** As much of the schema as is read here. */
interface Definition {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly allOf?: readonly { readonly properties?: Readonly<Record<string, { readonly enum?: readonly string[] }>> }[];
}
export type Definitions = Readonly<Record<string, Definition>>;

/** The names that the specification knows. */
export function specified(definitions: Definitions) {
  const named = (ending: "Request" | "Event", property: "command" | "event") =>
    Object.entries(definitions).flatMap(([name, { allOf }]) => {
      const value = allOf?.map(({ properties }) => properties?.[property]?.enum?.[0]).find((one) => one !== undefined);
      return name.endsWith(ending) && value !== undefined ? [value] : [];
    });
  return {
    capabilities: Object.keys(definitions.Capabilities?.properties ?? {}),
    requests: named("Request", "command"),
    events: named("Event", "event"),
  };
}

/** What the adapter answers to `initialize`. */
export async function announcedCapabilities(): Promise<DebugProtocol.Capabilities> {
  const files = {
    read: async () => ({ ok: false as const, error: "none" }),
    exists: async () => false,
    folder: async () => ({ ok: false as const, error: "none" }),
  };
  const session = createSession({ files });
  const answer = new Promise<DebugProtocol.Capabilities>((resolve) =>
    session.onDidSendMessage((message) => resolve((message as DebugProtocol.InitializeResponse).body ?? {})),
  );
  const request: DebugProtocol.InitializeRequest = {
    seq: 1,
    type: "request",
    command: "initialize",
    arguments: { adapterID: "green-threads" },
  };
  session.handleMessage(request);
  try {
    return await answer;
  } finally {
    session.dispose();
  }
}

/** The request that a capability is named after, where it is: `supportsReadMemoryRequest`, `readMemory`. */
export function requestOf(capability: string): string | undefined {
  const name = /^supports(\w+)Request$/.exec(capability)?.[1];
  return name && name.charAt(0).toLowerCase() + name.slice(1);
}

/** The text of the page. */
export async function capabilitiesPage(definitions: Definitions): Promise<string> {
  const { capabilities, requests, events } = specified(definitions);
  const announced: Readonly<Record<string, unknown>> = { ...(await announcedCapabilities()) };
  const isAnnounced = (name: string) => announced[name] !== undefined && announced[name] !== false;
  const count = capabilities.filter(isAnnounced).length;
  const own = commands.filter((name) => name.includes("/"));
  return `<!-- Made by \`npm run capabilities\` from the response to \`initialize\`, the schema of the protocol and build/capabilities/notes.ts. -->
# Capabilities

What Green Threads does with the [Debug Adapter Protocol](https://microsoft.github.io/debug-adapter-protocol/specification), specification 1.71: every capability, request and event, announced or not. A test compares this page with what the adapter answers, and each line names the test that shows it.

## Capabilities

${count} of ${capabilities.length} are announced.

| Capability | | What it does here, or why it is not there | Test |
|---|---|---|---|
${capabilities.map((name) => row(name, isAnnounced(name), capabilityNotes)).join("\n")}

## Requests

Answered: ${requests
    .filter((name) => commands.includes(name))
    .map((name) => `\`${name}\``)
    .join(
      ", ",
    )}; and of our own, between this adapter and this extension: ${own.map((name) => `\`${name}\``).join(", ")}.

Arguments are checked against the specification: whatever is wrong with them is answered by an error that names it, and the session goes on.

| Not answered | Why |
|---|---|
${requests
  .filter((name) => !commands.includes(name))
  .map((name) => `| \`${name}\` | ${whyNot(requestNotes[name] ?? noteOfRequest(name))} |`)
  .join("\n")}

## Events

| Event | | When, or why it is not there | Test |
|---|---|---|---|
${events.map((name) => row(name, "does" in (eventNotes[name] ?? {}), eventNotes)).join("\n")}
`;
}

function noteOfRequest(command: string): Note | undefined {
  return Object.entries(capabilityNotes).find(([capability]) => requestOf(capability) === command)?.[1];
}

function whyNot(note: Note | undefined): string {
  return note !== undefined && "whyNot" in note ? note.whyNot : "";
}

function row(name: string, isThere: boolean, notes: Notes): string {
  const note = notes[name];
  const [text, test] =
    note === undefined
      ? ["", ""]
      : "does" in note
        ? [note.does, `[${note.test}](../test/${note.test})`]
        : [note.whyNot, ""];
  return `| \`${name}\` | ${isThere ? "✓" : "–"} | ${text} | ${test} |`;
}
