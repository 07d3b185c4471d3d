import { afterEach, expect, test } from "vitest";
import {
  ConfigurationRequest,
  DidChangeConfigurationNotification,
  RegistrationRequest,
} from "vscode-languageserver-protocol";
import { defaultSettings, readSettings } from "../../server/project/settings.js";
import { Session } from "./session.js";

let session: Session;
afterEach(() => session.dispose());

const uri = "file:///home/ada/intel/part.s";
const intelText = "part:\n  mov rax, qword ptr [rdi]\n  ret\n";

/** A client that answers `workspace/configuration` by what `syntaxOf` says of a document. */
async function withSettings(syntaxOf: (scope: string | undefined) => unknown): Promise<string[]> {
  const registered: string[] = [];
  session = await Session.inProcess(
    {},
    {},
    { capabilities: { workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } } } },
    (connection) => {
      connection.onRequest(ConfigurationRequest.type, ({ items }) =>
        items.map(({ section, scopeUri }) =>
          section === "greenThreads.assembly" ? { syntax: syntaxOf(scopeUri) } : null,
        ),
      );
      connection.onRequest(RegistrationRequest.type, ({ registrations }) => {
        registered.push(...registrations.map(({ method }) => method));
      });
    },
  );
  return registered;
}

test("the syntax is pulled for each document", async () => {
  await withSettings((scope) => (scope?.includes("/intel/") ? "intel" : "att"));
  await session.open(uri, intelText);
  expect(await session.diagnostics(uri)).toEqual([]);
  const other = "file:///home/ada/att/part.s";
  await session.open(other, intelText);
  expect((await session.diagnostics(other)).length).toBeGreaterThan(0);
});

test("a change of settings is heard of, and documents are looked at again", async () => {
  let syntax = "att";
  const registered = await withSettings(() => syntax);
  await session.open(uri, intelText);
  expect((await session.diagnostics(uri)).length).toBeGreaterThan(0);
  expect(registered).toContain("workspace/didChangeConfiguration");
  syntax = "intel";
  await session.connection.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
  expect(await session.diagnostics(uri)).toEqual([]);
});

test("a client that cannot be asked sends its settings", async () => {
  session = await Session.inProcess();
  await session.open(uri, intelText);
  expect((await session.diagnostics(uri)).length).toBeGreaterThan(0);
  await session.connection.sendNotification(DidChangeConfigurationNotification.type, {
    settings: { greenThreads: { assembly: { syntax: "intel" } } },
  });
  expect(await session.diagnostics(uri)).toEqual([]);
});

test("what a client misspells or leaves out has its default", async () => {
  session = await Session.inProcess();
  expect(readSettings(null)).toEqual(defaultSettings);
  expect(readSettings({ syntax: "nasm" })).toEqual(defaultSettings);
  expect(readSettings({ syntax: "intel" })).toEqual({ syntax: "intel" });
});
