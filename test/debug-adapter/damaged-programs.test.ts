/**
 * Programs whose debug information, symbols or headers are damaged, through all that an editor asks: nothing fails inside
 * the adapter, nothing hangs, what is found damaged is said, and what is left is shown. GREEN_THREADS_MUTATIONS=N tries
 * so many of each program.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import { ElfFile, type SectionHeader } from "../../runtime/object/elf.js";
import { RequestFailed } from "./support/client.js";
import { connect, filesOf, launch } from "./support/in-process.js";

const mutations = Number(process.env.GREEN_THREADS_MUTATIONS ?? 8);
const samples = fileURLToPath(new URL("../../samples", import.meta.url));

const programs = [
  { name: "gthreads", source: "gthreads.c", lines: [20, 60, 100] },
  { name: "coroutines", source: "coroutines.c", lines: [20, 60, 100] },
  { name: "rust-runtime", source: "rust-runtime.rs", lines: [30, 90, 140] },
].map((one) => {
  const folder = `${samples}/${one.name}`;
  return { ...one, path: `${folder}/${one.name}`, source: `${folder}/${one.source}` };
});

/** Numbers below `limit`, the same in every run. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function sectionsOf(bytes: Uint8Array): readonly SectionHeader[] {
  const file = new ElfFile(bytes);
  return file.sectionHeaders(file.header());
}

/** What is damaged: sections with information, the tables of contents of the file, or its first bytes. */
function placesOf(bytes: Uint8Array): { readonly offset: number; readonly size: number }[] {
  const header = new ElfFile(bytes).header();
  const { programHeaders: segments, sectionHeaders: sections } = header;
  const informative = sectionsOf(bytes).filter(
    ({ name, type, size }) => size > 0 && type !== 8 && /^\.(debug_|eh_frame|symtab|strtab|shstrtab|note)/.test(name),
  );
  return [
    ...informative,
    { offset: 0, size: 64 },
    { offset: segments.offset, size: segments.entrySize * segments.count },
    { offset: sections.offset, size: sections.entrySize * sections.count },
  ];
}

const tellingBytes = [0, 1, 0x7f, 0x80, 0xff];

function damage(whole: Uint8Array, seed: number): Uint8Array {
  const random = randomNumbers(seed);
  const bytes = whole.slice();
  const places = placesOf(whole);
  const place = places[random(places.length)] ?? { offset: 0, size: 64 };
  for (let count = 1 + random(6); count > 0; count--) {
    const at = place.offset + random(place.size);
    const run = random(3) === 0 ? 1 + random(8) : 1;
    const value = random(2) === 0 ? random(256) : (tellingBytes[random(tellingBytes.length)] ?? 0);
    bytes.fill(value, at, Math.min(at + run, place.offset + place.size));
  }
  return bytes;
}

/** Does what an editor does; returns all that the adapter failed at, and what it said. */
async function debug(program: string, bytes: Uint8Array, source: string, lines: readonly number[]) {
  const failures: string[] = [];
  const client = connect(filesOf({ [program]: bytes }));
  const ask = async <Body>(command: string, args: object = {}): Promise<Body | undefined> => {
    try {
      return await client.request<Body>(command, args);
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      // 2: not a refusal but an exception.
      if (error.response.body.error?.id === 2) failures.push(`${command} ${JSON.stringify(args)}: ${error.message}`);
      return undefined;
    }
  };
  const look = async (threadId: number) => {
    await ask("threads");
    const stack = await ask<DebugProtocol.StackTraceResponse["body"]>("stackTrace", { threadId, levels: 20 });
    for (const { id } of stack?.stackFrames.slice(0, 3) ?? []) {
      const scopes = await ask<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId: id });
      for (const { variablesReference } of scopes?.scopes ?? []) {
        const body = await ask<DebugProtocol.VariablesResponse["body"]>("variables", { variablesReference });
        for (const variable of body?.variables.slice(0, 6) ?? []) {
          if (variable.variablesReference > 0) {
            await ask("variables", { variablesReference: variable.variablesReference, count: 20 });
          }
        }
      }
      await ask("evaluate", { expression: "main", frameId: id, context: "watch" });
    }
  };
  try {
    await launch(client, { program, limits: { instructions: 2_000_000, memory: 512 } }, async () => {
      const breakpoints = lines.map((line) => ({ line }));
      await ask("setBreakpoints", { source: { path: source }, breakpoints });
      await ask("breakpointLocations", { source: { path: source }, line: 1, endLine: 200 });
      await ask("setFunctionBreakpoints", { breakpoints: [{ name: "main" }] });
    });
    for (let stops = 0; stops < 3; stops++) {
      const stop = await client.stopped().catch(() => undefined);
      if (stop === undefined) break;
      await look(stop.threadId ?? 1);
      await ask(stops === 1 ? "next" : "continue", { threadId: stop.threadId ?? 1 });
    }
    await ask("loadedSources");
    await ask("modules", {});
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    if (error.response.body.error?.id === 2) failures.push(`launch: ${error.message}`);
  }
  await ask("disconnect");
  const said = client.output();
  if (/debugger failed|adapter failed/i.test(said)) failures.push(said);
  return { failures, said };
}

describe.runIf(programs.every(({ path }) => existsSync(path)))("a damaged program", () => {
  it.each(programs)(
    "fails nothing and hangs nowhere: $name",
    async ({ name, path, source, lines }) => {
      const whole = new Uint8Array(readFileSync(path));
      expect((await debug(path, whole, source, lines)).failures).toEqual([]);
      for (let mutation = 1; mutation <= mutations; mutation++) {
        const { failures } = await debug(path, damage(whole, mutation * 7919 + name.length), source, lines);
        expect(failures, `mutation ${mutation} of ${name}`).toEqual([]);
      }
    },
    3_600_000,
  );

  const [first] = programs;
  const whole = first === undefined ? new Uint8Array() : new Uint8Array(readFileSync(first.path));

  /** The program with a section full of a byte. */
  function filled(names: RegExp, value: number): Uint8Array {
    const bytes = whole.slice();
    for (const { name, offset, size } of sectionsOf(whole))
      if (names.test(name)) bytes.fill(value, offset, offset + size);
    return bytes;
  }

  async function frames(bytes: Uint8Array, line?: number) {
    const client = connect(filesOf({ [first?.path ?? ""]: bytes }));
    await launch(client, { program: first?.path ?? "" }, async () => {
      await client.request("setFunctionBreakpoints", { breakpoints: [{ name: "gtyield" }] });
      if (line === undefined) return;
      await client.request("setBreakpoints", { source: { path: first?.source }, breakpoints: [{ line }] });
    });
    const { threadId = 0 } = await client.stopped();
    const stack = await client.stackTrace(threadId);
    const locals = (await client.registers(stack[0]?.id ?? 0)).get("Locals");
    return { names: stack.map(({ name, line }) => `${name}:${line}`), locals, said: client.output("console") };
  }

  it("has its lines and variables when nothing is wrong", async () => {
    const { names, locals, said } = await frames(whole);
    expect(names[0]).toMatch(/^gtyield:[1-9]/);
    expect(locals?.length).toBeGreaterThan(0);
    expect(said).not.toMatch(/[Dd]amage/);
  });

  it.each([
    [".debug_info", 0xff],
    [".debug_info", 1],
    [".debug_abbrev", 0xff],
    [".debug_line", 0xff],
  ])("has its symbols left without %s, and says so (bytes %i)", async (section, value) => {
    const { names, said } = await frames(filled(new RegExp(`^\\${section}$`), value));
    expect(names[0]).toMatch(/^gtyield:/);
    expect(said).toMatch(/Damaged debug information: /);
  });

  it("has addresses left without symbols", async () => {
    const bytes = filled(/^\.(debug_.*|symtab|strtab)$/, 0xff);
    const client = connect(filesOf({ [first?.path ?? ""]: bytes }));
    await launch(client, { program: first?.path ?? "", stopOnEntry: true });
    const { threadId = 0 } = await client.stopped();
    expect((await client.stackTrace(threadId))[0]?.name).toMatch(/^0x[0-9a-f]+$/);
  });
});
