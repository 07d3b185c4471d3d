/** The client hears of sources that come and go, when it has asked for them. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { connect, filesOf, launch } from "./support/in-process.js";

const one = "/work/one.s";
const two = "/work/two.s";
const text = ".globl main\nmain: xor %eax, %eax\n ret\n";

const list = async (client: Client) =>
  (await client.request<DebugProtocol.LoadedSourcesResponse["body"]>("loadedSources")).sources.map(({ name }) => name);

/** What has been told since the last look. */
function told(client: Client): string[] {
  const events = client.messages.splice(0).flatMap(({ message }) => {
    const event = message as DebugProtocol.LoadedSourceEvent;
    return event.event === "loadedSource" ? [`${event.body.reason} ${event.body.source.name}`] : [];
  });
  return events.sort();
}

async function restart(client: Client, program: string): Promise<void> {
  await client.request("restart", { arguments: { program, stopOnEntry: true } });
  await client.stopped();
  // The events come behind the stop, before any answer.
  await client.threads();
}

it("loadedSource events follow the program that is debugged", async () => {
  const client = connect(filesOf({ [one]: text, [two]: text }));
  await client.initialize();
  expect(await list(client)).toEqual([]);
  await client.request("launch", { program: one, stopOnEntry: true });
  await client.request("configurationDone");
  await client.stopped();
  await client.threads();
  const first = told(client);
  expect(first).toContain("new one.s");
  expect(first.map((line) => line.replace("new ", "")).sort()).toEqual((await list(client)).sort());
  await restart(client, one);
  expect(told(client)).toEqual([]);
  await restart(client, two);
  expect(told(client)).toEqual(["new two.s", "removed one.s"]);
  expect(await list(client)).toContain("two.s");
});

it("nothing is told to a client that has not asked", async () => {
  const client = connect(filesOf({ [one]: text, [two]: text }));
  await launch(client, { program: one, stopOnEntry: true });
  await client.stopped();
  await restart(client, two);
  expect(told(client)).toEqual([]);
});
