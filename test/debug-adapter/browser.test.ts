/** The session runs in a browser: its bundle asks for nothing of Node. */
import esbuild, { type BuildOptions } from "esbuild";
import { expect, it } from "vitest";
// @ts-expect-error: the build scripts are plain JavaScript.
import { common } from "../../build/bundles.mjs";
import { root } from "./support/built-adapter.js";
import { Client, type Message } from "./support/client.js";
import { launch } from "./support/in-process.js";

it("bundles for the browser without Node's modules", async () => {
  const { metafile, outputFiles } = await esbuild.build({
    ...(common as BuildOptions),
    stdin: {
      contents: 'export { createSession } from "./debug-adapter/session.js";',
      resolveDir: root,
      loader: "ts",
    },
    absWorkingDir: root,
    platform: "browser",
    format: "iife",
    globalName: "adapter",
    metafile: true,
    write: false,
  });
  const imports = Object.values(metafile.inputs).flatMap(({ imports }) => imports);
  expect(imports.filter(({ external }) => external)).toEqual([]);
  expect(Object.keys(metafile.inputs)).toContain("node_modules/events/events.js");

  // What a worker has, and no more: no process, Buffer, require or global.
  const scope = {
    TextDecoder,
    TextEncoder,
    WebAssembly,
    atob,
    btoa,
    setTimeout,
    console,
    queueMicrotask,
    MessageChannel,
  };
  const load = new Function(
    ...Object.keys(scope),
    "process",
    "Buffer",
    "require",
    "global",
    `${outputFiles[0]?.text}; return adapter;`,
  );
  const { createSession } = load(...Object.values(scope));
  const text = ".globl main\nmain: mov $5, %eax\n ret\n";
  const session = createSession({ files: { read: async () => ({ ok: true, value: new TextEncoder().encode(text) }) } });
  const client = new Client((message) => session.handleMessage(message));
  session.onDidSendMessage((message: Message) => client.receive(message));
  await launch(client, { program: "vscode-vfs://github/owner/repository/p.s" });
  expect(await client.event("exited")).toEqual({ exitCode: 5 });
  session.dispose();
}, 60_000);
