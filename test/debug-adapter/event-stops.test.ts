import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { launchText } from "./support/in-process.js";
import { exiting, signalling } from "./support/signalling.js";

const program = signalling(exiting(7));
const aborting = program.replace("mov $10, %esi", "mov $6, %esi");
const faulting = `        .globl main
main:
        mov $2, %ecx
        mov (%rax,%rcx,4), %edx
        xor %eax, %eax
        ret
`;

const withFilters =
  (...filters: (string | DebugProtocol.ExceptionFilterOptions)[]) =>
  (client: Client) =>
    client.request("setExceptionBreakpoints", {
      filters: filters.filter((filter) => typeof filter === "string"),
      filterOptions: filters.filter((filter) => typeof filter === "object"),
    });

/** What the program stops for, one after the other, and how it ends. */
async function stopsOf(client: Client): Promise<string[]> {
  const stops: string[] = [];
  for (;;) {
    const stop = await client.stopped().catch(() => undefined);
    if (stop === undefined) break;
    const [frame] = await client.stackTrace(stop.threadId ?? 0);
    stops.push(`${stop.description} in ${frame?.name}`);
    await client.request("continue", { threadId: stop.threadId });
  }
  const { exitCode } = await client.event<DebugProtocol.ExitedEvent>("exited");
  return [...stops, `status ${exitCode}`];
}

describe("faults", () => {
  it("stop by themselves, and end the program when nobody mends their cause", async () => {
    expect(await stopsOf(await launchText(faulting))).toEqual(["Paused on fault in main", "status 139"]);
  });

  it("let the program go on when somebody does", async () => {
    const client = await launchText(faulting);
    const { threadId } = await client.stopped();
    const [frame] = await client.stackTrace(threadId ?? 0);
    await client.request("setExpression", { expression: "$rax", value: "$rsp", frameId: frame?.id });
    await client.request("continue", { threadId });
    expect(await stopsOf(client)).toEqual(["status 0"]);
  });

  it("end the program when nobody wants to see them, with a note", async () => {
    const client = await launchText(faulting, {}, withFilters());
    expect(await stopsOf(client)).toEqual(["status 139"]);
    expect(client.output("console")).toMatch(/ended by SIGSEGV at 0x[0-9a-f]+ \(main\+0x5, program\.s line 4\)/);
  });

  it("may have a condition", async () => {
    const wish = (condition: string) => withFilters({ filterId: "fault", condition });
    expect(await stopsOf(await launchText(faulting, {}, wish("rcx == 2")))).toHaveLength(2);
    expect(await stopsOf(await launchText(faulting, {}, wish("rcx == 3")))).toHaveLength(1);
  });
});

describe("signals", () => {
  it("that end the program like SIGABRT are faults: its last state can be looked at", async () => {
    const client = await launchText(aborting);
    const stop = await client.stopped();
    expect(stop).toMatchObject({ reason: "exception", description: "Paused on SIGABRT" });
    expect((await client.stackTrace(stop.threadId ?? 0)).map(({ name }) => name)).toEqual(["raise", "main", "_start"]);
    expect(await client.request("exceptionInfo", { threadId: stop.threadId })).toMatchObject({
      exceptionId: "SIGABRT",
    });
    await client.request("continue", { threadId: stop.threadId });
    expect(await stopsOf(client)).toEqual(["status 134"]);
  });

  it("stop in their handlers when that is wished", async () => {
    expect(await stopsOf(await launchText(program))).toEqual(["status 7"]);
    expect(await stopsOf(await launchText(program, {}, withFilters("signal")))).toEqual([
      "Paused on SIGUSR1 in handler",
      "status 7",
    ]);
  });
});

describe("the end of the program", () => {
  it("can be stopped before", async () => {
    expect(await stopsOf(await launchText(program, {}, withFilters("exit")))).toEqual([
      "Paused on program exit in main",
      "status 7",
    ]);
  });

  it("may have a condition", async () => {
    const condition = "edi == 8";
    expect(await stopsOf(await launchText(program, {}, withFilters({ filterId: "exit", condition })))).toHaveLength(1);
  });
});

describe("stopAt", () => {
  it("stops where the function is first entered, and only there", async () => {
    expect(await stopsOf(await launchText(program, { stopAt: "raise" }))).toEqual([
      "Paused at raise in raise",
      "status 7",
    ]);
  });

  it("names a function that is not there", async () => {
    await expect(launchText(program, { stopAt: "mian" })).rejects.toThrow(/no function named "mian"/);
  });
});
