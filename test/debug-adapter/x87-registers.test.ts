import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { launchText } from "./support/in-process.js";

/** Stopped at `here`, behind the instructions. */
async function stoppedBehind(instructions: string): Promise<{ client: Client; frameId: number }> {
  const client = await launchText(
    `.globl main, here
        .type main, @function
main:   ${instructions}
here:   nop
        ret
        .size main, . - main
`,
    {},
    (client) => client.request("setFunctionBreakpoints", { breakpoints: [{ name: "here" }] }),
  );
  const { threadId = 0 } = await client.stopped();
  const [frame] = await client.stackTrace(threadId);
  return { client, frameId: frame?.id ?? 0 };
}

const scope = "x87 and MMX";

async function values(client: Client, frameId: number): Promise<Record<string, string>> {
  const variables = (await client.registers(frameId)).get(scope) ?? [];
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
}

describe("the x87 unit", () => {
  it("is not shown while nothing has used it", async () => {
    const { client, frameId } = await stoppedBehind("mov $1, %eax");
    expect([...(await client.registers(frameId)).keys()]).not.toContain(scope);
  });

  it("shows its stack as numbers, its top first", async () => {
    const { client, frameId } = await stoppedBehind("fld1\n fldpi\n fldz\n fchs");
    expect(await values(client, frameId)).toMatchObject({
      st0: "-0 (0x80000000000000000000)",
      st1: "3.141592653589793 (0x4000c90fdaa22168c235)",
      st2: "1 (0x3fff8000000000000000)",
      st3: "empty",
      fctrl: "0x37f",
      fstat: "0x2800",
      ftag: "0xe0",
    });
  });

  it("shows MMX registers, which are the same ones", async () => {
    const { client, frameId } = await stoppedBehind("mov $0x123456789a, %rax\n movq %rax, %mm3");
    expect(await values(client, frameId)).toMatchObject({
      mm3: "0x123456789a",
      st3: "nan (0xffff000000123456789a)",
      ftag: "0xff",
    });
  });

  it("is known to expressions, and can be written", async () => {
    const { client, frameId } = await stoppedBehind("fld1\n fldpi");
    const evaluate = async (expression: string) =>
      (await client.request<DebugProtocol.EvaluateResponse["body"]>("evaluate", { expression, frameId })).result;
    expect(await evaluate("$st1")).toBe("0x3fff8000000000000000");
    expect(await evaluate("$fstat")).toContain("0x3000");
    const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId });
    const variablesReference = scopes.find(({ name }) => name === scope)?.variablesReference;
    await client.request("setVariable", { variablesReference, name: "mm5", value: "0x77" });
    expect(await evaluate("$mm5")).toContain("0x77");
  });
});
