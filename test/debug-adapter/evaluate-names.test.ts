/** Whatever is shown of variables can be evaluated by the expression that comes with it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { afterAll, describe, expect, it } from "vitest";
import { hasTools, output } from "../runtime/object/toolchain.js";
import type { Client } from "./support/client.js";
import { connect, launch } from "./support/in-process.js";

const programs = fileURLToPath(new URL("../runtime/values/programs/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "green-threads-names-"));
afterAll(() => rmSync(folder, { recursive: true }));

const deepest = 5;
const most = 6;

const variablesOf = async (client: Client, variablesReference: number, count: object = {}) =>
  (await client.request<DebugProtocol.VariablesResponse["body"]>("variables", { variablesReference, ...count }))
    .variables;

/** Compares each variable with its expression, and goes on to its parts; returns how many were compared. */
async function compareAll(client: Client, frameId: number, variables: DebugProtocol.Variable[], depth: number) {
  let compared = 0;
  for (const variable of variables) {
    const { name, value, type, evaluateName, variablesReference, indexedVariables = 0 } = variable;
    // A base class with arguments has no name that an expression could have, nor has `_vptr.Base`.
    if (/^\w+$|^\[/.test(name)) expect([name, evaluateName]).toEqual([name, expect.any(String)]);
    if (evaluateName === undefined) continue;
    const again = await client.evaluate(evaluateName ?? "", { frameId, context: "watch" });
    // What a reference refers to is called as the reference is.
    const plain = (one = "") => one.replace(/ &+$/, "");
    expect([evaluateName, again.result, plain(again.type)]).toEqual([evaluateName, value, plain(type)]);
    expect(again.indexedVariables ?? 0).toBe(indexedVariables);
    compared++;
    if (variablesReference === 0 || depth >= deepest) continue;
    const parts = await variablesOf(client, variablesReference, { start: 0, count: most });
    compared += await compareAll(client, frameId, parts.slice(0, most), depth + 1);
  }
  return compared;
}

describe.each([
  ["c", "gcc", (path: string, out: string) => ["-g", "-O0", "-static", path, "-o", out]],
  ["cc", "g++", (path: string, out: string) => ["-g", "-O0", "-static", "-std=c++20", path, "-o", out]],
  ["rs", "rustc", (path: string, out: string) => ["-g", "-Ctarget-feature=+crt-static", path, "-o", out]],
] as const)("values.%s", (suffix, compiler, words) => {
  it.runIf(hasTools(compiler))("each part has an expression, which comes to the same", async () => {
    const source = join(programs, `values.${suffix}`);
    const program = join(folder, suffix);
    output(compiler, words(source, program));
    const line =
      readFileSync(source, "utf8")
        .split("\n")
        .findIndex((text) => /(\/\*|\/\/) here/.test(text)) + 1;
    const client = connect();
    await launch(client, { program }, (client) =>
      client.request("setBreakpoints", { source: { path: source }, breakpoints: [{ line }] }),
    );
    const { threadId = 0 } = await client.stopped();
    const [frame] = await client.stackTrace(threadId);
    const frameId = frame?.id ?? 0;
    const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId });
    const locals = scopes.find(({ name }) => name === "Locals");
    const all = (await variablesOf(client, locals?.variablesReference ?? 0)).filter(({ name }) => !/outer/.test(name));
    expect(await compareAll(client, frameId, all, 0)).toBeGreaterThan(40);
  });
});
