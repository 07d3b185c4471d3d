import { afterEach, describe, expect, test } from "vitest";
import { guestLibrary } from "../../runtime/guest/library.js";
import { samplePath, samples, sampleText } from "../samples/sample-list.js";
import { Session } from "./session.js";

let session: Session;
afterEach(() => session.dispose());

const uri = "file:///home/ada/program.s";
const describeAll = (
  diagnostics: readonly { message: string; range: { start: { line: number; character: number } } }[],
) => diagnostics.map(({ message, range: { start } }) => `${start.line}:${start.character} ${message}`);

async function diagnose(text: string, files: Readonly<Record<string, string>> = {}): Promise<string[]> {
  session = await Session.inProcess(files);
  await session.open(uri, text);
  return describeAll(await session.diagnostics(uri));
}

test.each(samples.map((sample) => [sample.name, sample] as const))("nothing is wrong with %s", async (_, sample) => {
  session = await Session.inProcess();
  const sampleUri = `file://${samplePath(sample)}`;
  await session.open(sampleUri, sampleText(sample));
  expect(await session.diagnostics(sampleUri)).toEqual([]);
});

test.each(guestLibrary.map(({ path, text }) => [path, text]))("nothing is wrong with %s", async (path, text) => {
  session = await Session.inProcess();
  await session.open(path, text);
  expect(await session.diagnostics(path)).toEqual([]);
});

test("nothing is wrong with a part of the library that the debugger shows under a name of its own", async () => {
  session = await Session.inProcess();
  const [start] = guestLibrary;
  const shown = "debug:green-threads%3A/start.s?session=1&ref=2";
  await session.open(shown, start?.text ?? "");
  expect(await session.diagnostics(shown)).toEqual([]);
});

describe("mistakes", () => {
  test("an unknown instruction, with its place", async () => {
    const found = await diagnose("main:\n  movv %rax, %rbx\n  ret\n");
    expect(found).toEqual([expect.stringMatching(/^1:2 .*`?movv`?.*`?mov/)]);
  });

  test("all of them at once", async () => {
    const found = await diagnose("main: mov %rax\n  foo\n  .long 1,,\n jmp .Lnowhere\n");
    expect(found.map((text) => text.split(":")[0])).toEqual(expect.arrayContaining(["0", "1", "3"]));
  });

  test("an undefined symbol of a program, as the linker says it", async () => {
    const found = await diagnose("  .globl main\nmain:\n  call gt_yeild\n  call gt_yield\n  ret\n");
    expect(found).toEqual([
      expect.stringMatching(/^2:\d+ `gt_yeild` is used but not defined anywhere\. Did you mean `gt_yield`\?$/),
    ]);
  });

  test("main that the linker cannot see", async () => {
    const found = await diagnose("main:\n  ret\n");
    expect(found).toEqual([expect.stringMatching(/^\d:\d .*\.globl main/)]);
  });

  test("a part of a program may use what another part defines", async () => {
    expect(await diagnose("helper:\n  call elsewhere\n  ret\n")).toEqual([]);
  });
});

describe("while typing", () => {
  test("what is mended is forgotten", async () => {
    session = await Session.inProcess();
    await session.open(uri, "  .globl main\nmain: rett\n");
    expect(await session.diagnostics(uri)).toHaveLength(1);
    await session.change(uri, "  .globl main\nmain: ret\n");
    expect(await session.diagnostics(uri)).toEqual([]);
  });

  test("a closed document has no diagnostics", async () => {
    session = await Session.inProcess();
    await session.open(uri, "  rett\n");
    expect(await session.diagnostics(uri)).toHaveLength(1);
    await session.close(uri);
    expect(await session.diagnostics(uri)).toEqual([]);
  });
});

describe("included files", () => {
  const program = '  .globl main\nmain: mov $SIZE, %eax\n  ret\n  .include "lib/sizes.s"\n';
  const included = "file:///home/ada/lib/sizes.s";

  test("are read from the client", async () => {
    expect(await diagnose(program, { [included]: "  .set SIZE, 4\n" })).toEqual([]);
  });

  test("are read from the file system where there is one", async () => {
    session = await Session.inProcess({}, { readFile: async (file) => (file === included ? "  .set SIZE, 4\n" : "") });
    await session.open(uri, program);
    expect(await session.diagnostics(uri)).toEqual([]);
  });

  test("are taken from the editor when they are open there, and followed", async () => {
    session = await Session.inProcess();
    await session.open(included, "  .set SIZE, 4\n");
    expect(await session.diagnostics(included)).toEqual([]);
    await session.open(uri, program);
    expect(await session.diagnostics(uri)).toEqual([]);
    await session.change(included, "  .set OTHER, 4\n");
    expect(describeAll(await session.diagnostics(uri))).toEqual([expect.stringContaining("`SIZE` is used but not")]);
  });

  test("are those of the file system again when the editor closes them", async () => {
    session = await Session.inProcess({ [included]: "  .set SIZE, 4\n" });
    await session.open(included, "  .set OTHER, 4\n");
    await session.diagnostics(included);
    await session.open(uri, program);
    expect(await session.diagnostics(uri)).toHaveLength(1);
    await session.close(included);
    expect(await session.diagnostics(uri)).toEqual([]);
  });

  test("of the C preprocessor are followed, with mistakes and without", async () => {
    const source = "file:///home/ada/program.S";
    session = await Session.inProcess();
    await session.open(included, "#define SIZE 4\n");
    await session.diagnostics(included);
    await session.open(source, '#include "lib/sizes.s"\n  mov $SIZE, %eax\n');
    expect(await session.diagnostics(source)).toEqual([]);
    await session.change(included, "#define SIZE 4(\n");
    expect(await session.diagnostics(source)).toHaveLength(1);
    await session.change(included, "#define SIZE 4\n  rett\n");
    expect(describeAll(await session.diagnostics(source))).toEqual([
      expect.stringMatching(/^0:10 In sizes\.s, line 2: /),
    ]);
    await session.change(included, "#define SIZE 4\n");
    expect(await session.diagnostics(source)).toEqual([]);
  });

  test("their mistakes show where they are included", async () => {
    const found = await diagnose(program, { [included]: "  .set SIZE, 4\n  rett\n" });
    expect(found).toEqual([expect.stringMatching(/^3:12 In sizes\.s, line 2: /)]);
  });

  test("a missing one is named", async () => {
    const found = await diagnose(program);
    expect(found).toEqual([expect.stringMatching(/^3:.*lib\/sizes\.s/)]);
  });

  test("on the file system of a browser", async () => {
    session = await Session.inProcess({ "vscode-vfs://github/ada/lib/gr%C3%B6%C3%9Fe.s": "  .set SIZE, 4\n" });
    const browserUri = "vscode-vfs://github/ada/program.s";
    await session.open(browserUri, program.replace("sizes", "größe"));
    expect(await session.diagnostics(browserUri)).toEqual([]);
  });
});
