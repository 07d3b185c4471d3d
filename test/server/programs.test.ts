/** The language server as it is shipped: the Node program over stdio, and the worker's bundle. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import esbuild, { type BuildOptions } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
// @ts-expect-error: the build scripts are plain JavaScript.
import { bundles } from "../../build/bundles.mjs";
import { Session } from "./session.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder = "";

beforeAll(() => {
  const cache = join(root, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, "green-threads-server-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Builds one program of `build/bundles.mjs` into the folder, and gives its path. */
async function build(name: "server" | "server.browser"): Promise<string> {
  const options = (bundles({ production: true }) as BuildOptions[]).find(
    ({ entryPoints }) => entryPoints !== undefined && name in entryPoints,
  );
  const entry = (options?.entryPoints as Record<string, string> | undefined)?.[name];
  if (entry === undefined) throw new Error(`build/bundles.mjs has no ${name}`);
  await esbuild.build({ ...options, entryPoints: { [name]: entry }, absWorkingDir: root, outdir: folder });
  return join(folder, name + (options?.outExtension?.[".js"] ?? ".js"));
}

test("over stdio", async () => {
  const program = await build("server");
  writeFileSync(join(folder, "größe 1.s"), "  .set SIZE, 4\n");
  const server = spawn(process.execPath, [program, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = new Promise((resolve) => server.once("exit", resolve));
  const session = await Session.over(server.stdout, server.stdin);
  expect(session.initialised).toMatchObject({
    capabilities: { textDocumentSync: 2, hoverProvider: true, definitionProvider: true, documentSymbolProvider: true },
    serverInfo: { name: "Green Threads" },
  });

  const uri = pathToFileURL(join(folder, "program.s")).href;
  await session.open(uri, '  .include "größe 1.s"\n  .globl main\nmain: mov $SIZE, %eax\n  call gt_yeild\n  ret\n');
  expect((await session.diagnostics(uri)).map(({ message }) => message)).toEqual([
    "`gt_yeild` is used but not defined anywhere. Did you mean `gt_yield`?",
  ]);
  expect((await session.symbols(uri)).map(({ name }) => name)).toEqual(["main"]);
  expect(await session.definition(uri, 2, 12)).toMatchObject([
    { uri: pathToFileURL(join(folder, "größe 1.s")).href, range: { start: { line: 0 } } },
  ]);
  expect(await session.hover(uri, 4, 3)).toMatchObject({ contents: { value: expect.stringContaining("**ret**") } });

  await session.connection.sendRequest("shutdown");
  await session.connection.sendNotification("exit");
  expect(await closed).toBe(0);
  session.dispose();
});

test("in a worker: the bundle needs no host", async () => {
  const program = await build("server.browser");
  const text = readFileSync(program, "utf8");
  expect(text).not.toMatch(/\brequire\("node:|\bfrom\s*"node:|\bimport\("node:/);

  // A worker's global scope is, to the server, a message port.
  const { port1: scope, port2: client } = new MessageChannel();
  const answer = new Promise((resolve) => {
    client.onmessage = ({ data }) => resolve(data);
  });
  new Function("self", text)(scope);
  scope.start();
  client.postMessage({ jsonrpc: "2.0", id: 1, method: "initialize", params: { capabilities: {} } });
  expect(await answer).toMatchObject({ id: 1, result: { capabilities: { hoverProvider: true } } });
  client.close();
});
