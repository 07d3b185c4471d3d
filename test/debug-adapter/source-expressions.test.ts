/** Expressions over the variables of a program in C: watches, hovers, the console, conditions, completions. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasTools, output } from "../runtime/object/toolchain.js";
import type { Client } from "./support/client.js";
import { connect, launch } from "./support/in-process.js";

const source = fileURLToPath(new URL("../runtime/values/programs/values.c", import.meta.url));
const text = readFileSync(source, "utf8");
const here = text.split("\n").findIndex((line) => line.includes("/* here */")) + 1;

type Evaluation = DebugProtocol.EvaluateResponse["body"];

describe.runIf(hasTools("gcc"))("expressions of a program in C", () => {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-expressions-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const program = join(folder, "values");
  beforeAll(() => {
    output("gcc", ["-g", "-O0", "-static", source, "-o", program]);
  });

  async function stopped(breakpoint: object = {}): Promise<{ client: Client; frameId: number; threadId: number }> {
    const client = connect();
    await launch(client, { program }, (client) =>
      client.request("setBreakpoints", { source: { path: source }, breakpoints: [{ line: here, ...breakpoint }] }),
    );
    const { threadId = 0 } = await client.stopped();
    const [frame] = await client.stackTrace(threadId);
    return { client, frameId: frame?.id ?? 0, threadId };
  }

  const children = async (client: Client, { variablesReference }: Pick<Evaluation, "variablesReference">) =>
    (await client.request<DebugProtocol.VariablesResponse["body"]>("variables", { variablesReference })).variables;

  it.each([
    ["a", "99", "int"],
    ["p->x + local.x * 2", "15", "int"],
    ["grid[1][2]", "6", "int"],
    ["*p->name", "111 'o'", "const char"],
    ["p->next == 0 ? 10 : 20", "10", "int"],
    ["local.flag", "5", "unsigned int"],
    ["col", "GREEN", "enum color"],
    ["col == GREEN && RED < BLUE", "true", "bool"],
    ["(int)local.y", "2", "int"],
    ["((struct point *)&local)->rest", "9", "unsigned int"],
    ["sizeof(point_t)", "40", "unsigned long"],
    ["sizeof local.y", "8", "unsigned long"],
    ["values.c::buffer", '"hi there"', "char [16]"],
    ["buffer,s", '"hi there"', "char [16]"],
    ['local.name == "seven"', "true", "bool"],
    ['buffer != "hi"', "true", "bool"],
    ["grid[0],x", "[0x1, 0x2, 0x3]", "int [3]"],
    ["p,[1]", expect.stringMatching(/^\[\{x: 1, y: 0\.1/), "point_t [1]"],
    ["&grid[1][0] - &grid[0][0]", "3", "long"],
    ["huge + 5", "0", "__int128"],
    ["big + 1", "0", "unsigned long"],
    ["f * 2", "0.2", "float"],
    ["frame(1).p.x", "1", "int"],
    ["thread(1).frame(0).a", "99", "int"],
    ["thread(1).frame(1).$rip == $rip", "false", "bool"],
    ["thread(1).state", "running", "text"],
    ["$rsp", expect.stringMatching(/^0x0/), "void *"],
  ])("%s is %s, %s", async (expression, result, type) => {
    const { client, frameId } = await stopped();
    expect(await client.evaluate(expression, { frameId, context: "watch" })).toMatchObject({ result, type });
  });

  it.each([
    [
      "locl.x",
      '"locl" is neither a variable in scope, a register, a flag nor a symbol of this program: did you mean "local" (at character 1 of "locl.x")?',
    ],
    ["1 + local.z", 'Point has no member "z": did you mean "x" (at character 11 of "1 + local.z")?'],
    ["p->next->x", 'This pointer is null (at character 10 of "p->next->x").'],
    ["local + 1", '"+" needs a number, not a struct point (at character 7 of "local + 1").'],
    ["a = 1", 'Nothing can be assigned here: "==" compares (at character 3 of "a = 1").'],
    ["thread(7).frame(0).a", 'There is no green thread 7 (at character 1 of "thread(7).frame(0).a").'],
    ["$rxa", 'There is no register "$rxa": did you mean "$rax" (at character 1 of "$rxa")?'],
  ])("%s says what is wrong", async (expression, message) => {
    const { client, frameId } = await stopped();
    await expect(client.evaluate(expression, { frameId, context: "hover" })).rejects.toThrow(message);
  });

  it("unfolds what it comes to, with an expression for each part", async () => {
    const { client, frameId } = await stopped();
    for (const expression of ["local", "p", "grid", "&local + 0", "p,[2]", "n", "local,x"]) {
      const whole = await client.evaluate(expression, { frameId });
      expect(whole.variablesReference).toBeGreaterThan(0);
      const parts = await children(client, whole);
      expect(parts.length).toBeGreaterThan(0);
      for (const part of parts) {
        expect(part.evaluateName).toBeDefined();
        const again = await client.evaluate(part.evaluateName ?? "", { frameId });
        if (!expression.endsWith(",x"))
          expect([part.evaluateName, again.result]).toEqual([part.evaluateName, part.value]);
        expect(again.type).toBe(part.type);
      }
    }
  });

  it("assigns in the console and by setExpression", async () => {
    const { client, frameId } = await stopped();
    const console_ = async (expression: string) =>
      (await client.evaluate(expression, { frameId, context: "repl" })).result;
    expect(await console_("a = 7")).toBe("7");
    expect(await console_("a += grid[0][1]")).toBe("9");
    expect(await console_("local.flag = 2")).toBe("2");
    expect(await console_("local.rest")).toBe("9");
    expect(await console_("col = BLUE")).toBe("BLUE");
    expect(await console_("local.y = 3")).toBe("3.0");
    expect(await console_("*p = local")).toMatch(/^\{x: 7, y: 3\.0/);
    expect(await console_('buffer = "bye"')).toBe('"bye"');
    const set = await client.request("setExpression", { expression: "grid[1][1]", value: "a * 2", frameId });
    expect(set).toMatchObject({ value: "18", type: "int" });
    expect(await console_("grid")).toBe("[[1, 2, 3], [4, 18, 6]]");
    await expect(console_("a + 1 = 3")).rejects.toThrow(/cannot be written/);
  });

  it("evaluates conditions and log messages in the scope of the breakpoint", async () => {
    const { client, frameId } = await stopped({ condition: "a == 99 && p->x == 1" });
    expect((await client.evaluate("a", { frameId })).result).toBe("99");
    const wrong = await client.request<DebugProtocol.SetBreakpointsResponse["body"]>("setBreakpoints", {
      source: { path: source },
      breakpoints: [{ line: here, condition: "nothing == 1" }],
    });
    expect(wrong.breakpoints[0]).toMatchObject({
      verified: false,
      message: expect.stringMatching(/^Condition: "nothing"/),
    });
    const logging = connect();
    await launch(logging, { program }, (client) =>
      client.request("setBreakpoints", {
        source: { path: source },
        breakpoints: [{ line: here, logMessage: "a is {a}, {local.name,s}, {p->x + 1}" }],
      }),
    );
    await logging.event("terminated");
    const said = logging.messages.flatMap(({ message }) => {
      const event = message as DebugProtocol.OutputEvent;
      return event.event === "output" ? event.body.output : [];
    });
    expect(said.join("")).toContain('a is 99, "seven", 2');
  });

  it("does not stop where a condition is false", async () => {
    const client = connect();
    await launch(client, { program }, (client) =>
      client.request("setBreakpoints", {
        source: { path: source },
        breakpoints: [{ line: here, condition: 'a == 98 || p->name == "two"' }],
      }),
    );
    await client.event("terminated");
  });

  it("watches what an expression names", async () => {
    const { client, frameId } = await stopped();
    const info = (name: string) =>
      client.request<DebugProtocol.DataBreakpointInfoResponse["body"]>("dataBreakpointInfo", { name, frameId });
    expect((await info("global_counter")).dataId).toMatch(/^0x[0-9a-f]+,4\b/);
    expect((await info("p->y")).dataId).toMatch(/^0x[0-9a-f]+,8\b/);
    const range = ({ dataId }: { dataId: string | null }) => /^[^,]*,\d+/.exec(dataId ?? "")?.[0];
    expect(range(await info("&global_counter"))).toBe(range(await info("global_counter")));
    expect((await info("a + 1")).dataId).toBeNull();
  });

  it("completes variables, members and enumerators, the nearest first", async () => {
    const { client, frameId } = await stopped();
    const complete = async (text: string) => {
      const body = await client.request<DebugProtocol.CompletionsResponse["body"]>("completions", {
        text,
        column: text.length + 1,
        frameId,
      });
      const sorted = [...body.targets].sort((one, two) => ((one.sortText ?? "") < (two.sortText ?? "") ? -1 : 1));
      return sorted.map(({ label, start, length }) => `${label} ${start}+${length}`);
    };
    expect(await complete("1 + loc")).toEqual(expect.arrayContaining(["local 4+3"]));
    expect((await complete("1 + loc"))[0]).toBe("local 4+3");
    expect(await complete("local.")).toEqual(["x", "y", "name", "next", "flag", "rest"].map((name) => `${name} 6+0`));
    expect(await complete("(p->next)->n")).toEqual(["name 11+1", "next 11+1"]);
    expect(await complete("GRE")).toEqual(expect.arrayContaining(["GREEN 0+3"]));
    expect(await complete("thread(1).frame(1).ar")).toEqual(["argc 19+2", "argv 19+2"]);
    expect(await complete("thread(1).f")).toEqual(["frame 10+1"]);
  });
});
