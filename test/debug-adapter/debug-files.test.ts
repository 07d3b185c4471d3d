/** Debug information that is not in the program: where it is looked for, and what is said when it is not there. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checksumOf } from "../../runtime/object/separate-debug-file.js";
import { hasTools, output } from "../runtime/object/toolchain.js";
import type { Client } from "./support/client.js";
import { connect, launch } from "./support/in-process.js";

const folder = mkdtempSync(join(tmpdir(), "green-threads-debug-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

const text =
  "static int twice(int n) {\n  int result = n * 2;\n  return result;\n}\nint main(void) { return twice(21); }\n";
const source = join(folder, "small.c");
writeFileSync(source, text);

/** An empty folder for a case of its own. */
function place(name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** The top frame at `twice`, with its local variables, or what there is instead. */
async function atTwice(client: Client, attributes: object): Promise<string> {
  await launch(client, { stopAt: "twice", ...attributes });
  const { threadId = 0 } = await client.stopped();
  const [frame] = await client.stackTrace(threadId);
  const locals = (await client.registers(frame?.id ?? 0)).get("Locals") ?? [];
  return `${frame?.name}:${frame?.line} ${locals.map(({ name }) => name).join()}`;
}

/** What the debugger said of itself. */
const notes = (client: Client) => client.output("console");

it("makes the checksum that links to debug files have", () => {
  // The check value of CRC-32/ISO-HDLC.
  expect(checksumOf(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});

describe.runIf(hasTools("gcc", "objcopy", "strip", "readelf"))("a debug file", () => {
  /** A program without debug information and symbols, linked to `NAME.debug`, which lies beside it. */
  function stripped(name: string, ...options: string[]): { program: string; debugFile: string; at: string } {
    const at = place(name);
    const [program, debugFile] = [join(at, name), join(at, `${name}.debug`)];
    const isPie = options.includes("-static-pie");
    output("gcc", ["-g", "-O0", ...(isPie ? [] : ["-static"]), ...options, source, "-o", program]);
    output("objcopy", ["--only-keep-debug", program, debugFile]);
    output("strip", [program]);
    output("objcopy", [`--add-gnu-debuglink=${debugFile}`, program]);
    return { program, debugFile, at };
  }

  it.each(["-Wl,--build-id=none", "-Wl,--build-id=sha1", "-Wl,--build-id=sha1 -static-pie"])(
    "is found beside the program, by its name: %s",
    async (options) => {
      const { program } = stripped(`beside${options.length}`, ...options.split(" "));
      const client = connect();
      expect(await atTwice(client, { program })).toBe("twice:2 n,result");
      expect(notes(client)).not.toMatch(/debug information/);
    },
  );

  it("is found in .debug, by the build id, and in the folders that are named", async () => {
    const { program, debugFile, at } = stripped("elsewhere", "-Wl,--build-id=sha1");
    const id = /Build ID: ([0-9a-f]+)/.exec(output("readelf", ["-n", program]))?.[1] ?? "";
    const moveTo = async (path: string, attributes: object = {}) => {
      mkdirSync(join(path, ".."), { recursive: true });
      renameSync(debugFile, path);
      const stop = await atTwice(connect(), { program, ...attributes });
      renameSync(path, debugFile);
      return stop;
    };
    expect(await moveTo(join(at, ".debug/elsewhere.debug"))).toBe("twice:2 n,result");
    expect(await moveTo(join(at, `.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`))).toBe("twice:2 n,result");
    const system = place("system");
    const named = { debugFileFolders: [system] };
    expect(await moveTo(join(system, `.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`), named)).toBe(
      "twice:2 n,result",
    );
    expect(await moveTo(join(system, at, "elsewhere.debug"), named)).toBe("twice:2 n,result");
  });

  it("is missing: symbols are too, and what was looked for is said once", async () => {
    const { program, debugFile, at } = stripped("missing", "-Wl,--build-id=none");
    rmSync(debugFile);
    const client = connect();
    await launch(client, { program, stopOnEntry: true, debugFileFolders: ["/nowhere"] });
    const { threadId = 0 } = await client.stopped();
    expect((await client.stackTrace(threadId))[0]?.name).toMatch(/^0x/);
    const said = notes(client);
    for (const path of [
      join(at, "missing.debug"),
      join(at, ".debug/missing.debug"),
      join("/nowhere", at, "missing.debug"),
    ]) {
      expect(said).toContain(path);
    }
    expect(said.match(/missing\.debug, which was not found/g)).toHaveLength(1);
  });

  it.each(["none", "sha1"])("is of another build, and is not used: build id %s", async (kind) => {
    const { program, debugFile } = stripped(`other${kind}`, `-Wl,--build-id=${kind}`);
    const changed = join(folder, "changed.c");
    writeFileSync(changed, `int other;\n${text}`);
    output("gcc", ["-g", "-O0", "-static", `-Wl,--build-id=${kind}`, changed, "-o", join(folder, "changed")]);
    output("objcopy", ["--only-keep-debug", join(folder, "changed"), debugFile]);
    const client = connect();
    await expect(launch(client, { program, stopAt: "twice" })).rejects.toThrow(/no function named "twice"/);
    await client.event("output", ({ output }) =>
      output.includes(`${debugFile} is of another build than the program, and is not used.`),
    );
  });
});

describe.runIf(hasTools("gcc"))("split debug information", () => {
  /** A program whose compiler put most of its debug information into a `.dwo` file, which lies beside it. */
  function split(name: string, ...options: string[]): { program: string; dwo: string; at: string } {
    const at = place(name);
    const object = join(at, "small.o");
    output("gcc", ["-c", "-g", "-gsplit-dwarf", "-O0", ...options, source, "-o", object]);
    const program = join(at, name);
    output("gcc", ["-static", object, "-o", program]);
    return { program, dwo: join(at, "small.dwo"), at };
  }

  it.each(["-gdwarf-5", "-gdwarf-4"])("is read where the compiler put it: %s", async (option) => {
    const { program } = split(`whole${option}`, option);
    const client = connect();
    expect(await atTwice(client, { program })).toBe("twice:2 n,result");
    expect(notes(client)).not.toMatch(/debug information/);
  });

  it("is read beside the program, or where sourceMap leads", async () => {
    const { program, dwo, at } = split("moved");
    const [other, beside] = [place("moved-there"), place("moved-here")];
    renameSync(dwo, join(other, "small.dwo"));
    expect(await atTwice(connect(), { program, sourceMap: { [at]: other } })).toBe("twice:2 n,result");
    renameSync(join(other, "small.dwo"), join(beside, "small.dwo"));
    copyFileSync(program, join(beside, "moved"));
    expect(await atTwice(connect(), { program: join(beside, "moved") })).toBe("twice:2 n,result");
  });

  it("is missing: lines are left, and what was looked for is said", async () => {
    const { program, dwo } = split("gone");
    rmSync(dwo);
    const client = connect();
    expect(await atTwice(client, { program })).toMatch(/^twice:[12] $/);
    expect(notes(client)).toContain(`split off and not found: ${dwo}.`);
    expect(notes(client)).toContain(`for ${program}.dwp`);
  });

  it("is of an object that is linked here", async () => {
    const { dwo, at } = split("object");
    const start = join(at, "start.s");
    writeFileSync(start, ".globl other\nother: ret\n");
    const client = connect();
    expect(await atTwice(client, { program: [join(at, "small.o"), start] })).toBe("twice:2 n,result");
    expect(readFileSync(dwo).length).toBeGreaterThan(0);
  });
});
