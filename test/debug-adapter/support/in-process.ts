/** Sessions in the test's own process. */
import { afterEach } from "vitest";
import type { HostFiles } from "../../../debug-adapter/host-files.js";
import { nodeHostFiles } from "../../../debug-adapter/host-files.node.js";
import { createSession, type Session } from "../../../debug-adapter/session.js";
import { fail, ok } from "../../../runtime/base/result.js";
import { Client, type Message } from "./client.js";

const open: Session[] = [];

// Whatever a test did, nothing stays running.
afterEach(() => {
  for (const session of open.splice(0)) session.dispose();
});

/** A client of a new session. Messages pass as JSON, as over a wire. */
export function connect(files: HostFiles = nodeHostFiles()): Client {
  const session = createSession({ files });
  const client = new Client((message) => session.handleMessage(JSON.parse(JSON.stringify(message))));
  session.onDidSendMessage((message) => client.receive(JSON.parse(JSON.stringify(message)) as Message));
  open.push(session);
  return client;
}

/** Files that are in memory only, by path or URI. */
export function filesOf(files: Readonly<Record<string, string | Uint8Array>>): HostFiles {
  return {
    async read(path) {
      const file = Object.hasOwn(files, path) ? files[path] : undefined;
      if (file === undefined) return fail("there is no such file");
      return ok(typeof file === "string" ? new TextEncoder().encode(file) : file);
    },
    async exists(path) {
      return files[path] !== undefined;
    },
    async folder() {
      return fail("there is no such folder");
    },
  };
}

/** A session that has launched `text` and is configured, with what `configure` sets; waits for nothing more. */
export async function launchText(
  text: string,
  args: object = {},
  configure: (client: Client) => Promise<unknown> = async () => {},
): Promise<Client> {
  const client = connect(filesOf({ "/work/program.s": text }));
  await launch(client, { program: "/work/program.s", ...args }, configure);
  return client;
}

/** Initializes, launches, configures. */
export async function launch(
  client: Client,
  args: object,
  configure: (client: Client) => Promise<unknown> = async () => {},
): Promise<void> {
  await client.initialize();
  await client.request("launch", args);
  await client.event("initialized");
  await configure(client);
  await client.request("configurationDone");
}
