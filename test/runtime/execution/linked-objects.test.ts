/** Objects of compilers, linked here and by GNU ld with the same library: the programs do the same. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { ProgramImage } from "../../../runtime/base/program-image.js";
import { describeSpan } from "../../../runtime/base/source.js";
import { buildProgram, type ProgramPart } from "../../../runtime/execution/build-program.js";
import { guestLibrary } from "../../../runtime/guest/library.js";
import { hasTools, output } from "../object/toolchain.js";
import { Guest } from "../threads/guest.js";

const sources = fileURLToPath(new URL("programs/objects", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "green-threads-objects-"));
afterAll(() => rmSync(folder, { recursive: true }));

function source(name: string): string {
  return join(sources, name);
}

/** The object that a compiler makes; `tag` keeps those of different options apart. */
function compile(command: string, name: string, tag: string, ...options: string[]): string {
  const object = join(folder, `${name}-${command}-${tag}.o`.replaceAll(/[^\w.-]/g, "_"));
  output(command, [...options, source(name), "-o", object]);
  return object;
}

function part(path: string): ProgramPart {
  const bytes = readFileSync(path);
  return path.endsWith(".s") ? { path, text: bytes.toString() } : { path, bytes };
}

function built(paths: readonly string[]): ProgramImage {
  const image = buildProgram(paths.map(part));
  if (!image.ok) throw new Error(image.error.map(({ message }) => message).join("\n"));
  return image.value;
}

function errors(paths: readonly string[]): string[] {
  const image = buildProgram(paths.map(part));
  return image.ok ? [] : image.error.map(({ message, span }) => `${describeSpan(span)}: ${message}`);
}

/** What the program does under this linker and this processor. */
function here(paths: readonly string[]): { status: number | undefined; stdout: string } {
  const guest = new Guest(built(paths));
  guest.runToEnd();
  return { status: guest.exitStatus, stdout: guest.output };
}

/** The library, assembled by GNU as into an archive. */
function nativeLibrary(): string {
  const archive = join(folder, "library.a");
  mkdirSync(join(folder, "library"), { recursive: true });
  const objects = guestLibrary.map(({ path, text }) => {
    const name = join(folder, "library", path.replace(/^.*\//, ""));
    writeFileSync(name, text);
    output("as", [name, "-o", `${name}.o`]);
    return `${name}.o`;
  });
  output("ar", ["rcs", archive, ...objects]);
  return archive;
}

/** What the program does under GNU ld and the processor of this machine. */
function native(paths: readonly string[]): { status: number | null; stdout: string } {
  const program = join(folder, "native");
  const objects = paths.map((path) => {
    if (!path.endsWith(".s")) return path;
    output("as", [path, "-o", join(folder, "source.o")]);
    return join(folder, "source.o");
  });
  output("ld", ["-static", "--no-warnings", ...objects, nativeLibrary(), "-o", program]);
  const { status, stdout } = spawnSync(program, { encoding: "utf8" });
  return { status, stdout };
}

const isNative = process.arch === "x64" && process.platform === "linux";

describe.runIf(isNative && hasTools("gcc", "as", "ld", "ar"))("objects of gcc", () => {
  it.each([
    "-O0",
    "-O2",
    "-O3 -g",
    "-Os -fno-pie",
    "-O1 -mcmodel=large -fno-pie",
    "-O2 -fPIC -fno-plt",
    "-O2 -ffunction-sections -fdata-sections",
    "-O0 -g -gz",
    "-O0 -fcommon",
  ])("do what they do with GNU ld: %s", (options) => {
    const objects = ["main.c", "work.c"].map((name) => compile("gcc", name, options, "-c", ...options.split(" ")));
    const expected = native(objects);
    expect(expected.stdout).toContain("two 2\n");
    expect(here(objects)).toEqual(expected);
  });

  it("are linked with assembly", () => {
    const parts = [source("main.s"), compile("gcc", "work.c", "O2", "-c", "-O2")];
    expect(here(parts)).toEqual(native(parts));
  });

  it("copy, fill and compare memory with what the library has for it", () => {
    const text = `
      void *memcpy(void *, const void *, unsigned long), *memmove(void *, const void *, unsigned long);
      void *memset(void *, int, unsigned long);
      int memcmp(const void *, const void *, unsigned long);
      void print_integer(long);
      void print_newline(void);
      static unsigned char room[64], other[64];
      static void show(void) {
        long sum = 0;
        for (int i = 0; i < 64; i++) sum = sum * 31 + room[i];
        print_integer(sum);
        print_newline();
      }
      int main(void) {
        for (int i = 0; i < 64; i++) room[i] = i * 7;
        for (int from = 0; from < 8; from++)
          for (int to = 0; to < 8; to++)
            for (int size = 0; size < 8; size++) {
              if (memmove(room + to, room + from, size) != room + to) return 1;
              show();
            }
        if (memset(room + 3, 0x181, 20) != room + 3) return 2;
        show();
        if (memcpy(other, room, 64) != other) return 3;
        for (int i = 0; i < 64; i++) {
          other[i] ^= 0x80;
          int order = memcmp(room, other, i + 1);
          print_integer(order < 0 ? -1 : order > 0);
          other[i] ^= 0x80;
          if (memcmp(room, other, i) != 0) return 4;
        }
        return 0;
      }`;
    writeFileSync(join(folder, "memory.c"), text);
    const object = join(folder, "memory.o");
    output("gcc", ["-c", "-O0", "-fno-builtin", join(folder, "memory.c"), "-o", object]);
    // The judge is the C library of this machine.
    const ours = here([object]);
    writeFileSync(
      join(folder, "print.c"),
      '#include <stdio.h>\nvoid print_integer(long n) { printf("%ld", n); }\nvoid print_newline(void) { puts(""); }\n',
    );
    output("gcc", [object, join(folder, "print.c"), "-o", join(folder, "memory")]);
    const { status, stdout } = spawnSync(join(folder, "memory"), { encoding: "utf8" });
    expect(status).toBe(0);
    expect(ours).toEqual({ status, stdout });
  });

  it("tell the line in which something is missing, or else the function", () => {
    const [withLines, without] = [["-g"], []].map((options) =>
      compile("gcc", "work.c", options.join(), "-c", "-O0", ...options),
    );
    if (withLines === undefined || without === undefined) throw new Error("unreachable");
    const line =
      readFileSync(source("work.c"), "utf8")
        .split("\n")
        .findIndex((text) => text.includes("limits[id]")) + 1;
    const main = join(folder, "start.s");
    writeFileSync(main, ".globl main\nmain: jmp work\n");
    expect(errors([main, withLines])).toEqual([
      expect.stringMatching(
        new RegExp(`work\\.c:${line}:\\d+: \`limits\` is used but not defined anywhere\\. .*gcc -static`),
      ),
    ]);
    expect(errors([main, without])).toEqual([expect.stringMatching(/work\.c-gcc-\.o: In `work`: `limits` is used/)]);
  });

  it("say what they want that is not here", () => {
    const cases: [string, RegExp][] = [
      ["__thread int mine; int main(void) { return mine; }", /:1:\d+: `mine` is a thread-local variable/],
      [
        "static void early(void) __attribute__((constructor)); static void early(void) {} int main(void) { return 0; }",
        /functions to call before or after `main` \(section \.init_array\)/,
      ],
      ["int other; int main(void) { return 0; }\n int other = 1; int limits;", /^$/],
      [
        "int work(int n) { return n; } int main(void) { return 0; }",
        /:1:\d+: `work` is also defined in .*work\.c, line \d+/,
      ],
    ];
    const work = compile("gcc", "work.c", "g", "-c", "-g");
    const said = cases.map(([text], index) => {
      const [path, object] = [join(folder, `wish${index}.c`), join(folder, `wish${index}.o`)];
      writeFileSync(path, text);
      output("gcc", ["-c", "-g", "-fno-pie", path, "-o", object]);
      return errors(index < 2 ? [object] : [work, object])
        .filter((message) => !message.includes("`limits`"))
        .join("\n");
    });
    said.forEach((text, index) => {
      expect(text).toMatch(cases[index]?.[1] ?? /never/);
    });
  });

  it("refuses what is no object, or a damaged one", () => {
    const object = readFileSync(compile("gcc", "main.c", "O0", "-c"));
    const path = join(folder, "damaged.o");
    writeFileSync(path, object.subarray(0, object.length / 2));
    expect(errors([path])).toEqual([expect.stringMatching(/damaged\.o: This object file is damaged or cut off/)]);
    for (let seed = 1; seed <= 300; seed++) {
      // Whatever is in it, it is linked or refused.
      const damaged = object.slice();
      const headers = Number(object.readBigUint64LE(40));
      for (let count = 0; count < 4; count++) {
        const number = Math.imul(seed * 4 + count + 1, 0x9e3779b1) >>> 0;
        const at = number % 2 === 0 ? headers + (number % (object.length - headers)) : number % object.length;
        damaged[at] = [0, 1, 0x7f, 0x80, 0xff][number % 5] ?? 0;
      }
      buildProgram([{ path, bytes: damaged }]);
    }
    object[18] = 183;
    writeFileSync(path, object);
    expect(errors([path])).toEqual([
      expect.stringMatching(/damaged\.o: This ELF file is for another processor: 64-bit ARM/),
    ]);
  });
});

describe.runIf(isNative && hasTools("g++", "as", "ld", "ar"))("objects of g++", () => {
  it.each(["-O0", "-O2", "-O1 -g"])("have one copy of what several of them bring: %s", (options) => {
    const objects = ["one.cpp", "two.cpp"].map((name) =>
      compile(
        "g++",
        name,
        options,
        "-c",
        "-fno-rtti",
        "-fno-exceptions",
        "-fno-threadsafe-statics",
        ...options.split(" "),
      ),
    );
    const expected = native(objects);
    expect(expected.stdout).not.toBe("");
    expect(here(objects)).toEqual(expected);
    const names = built(objects).symbols.map(({ readableName }) => readableName);
    expect(names.filter((name) => name?.startsWith("long larger<long>"))).toHaveLength(1);
  });
});

describe.runIf(isNative && hasTools("clang", "as", "ld", "ar"))("objects of clang", () => {
  it.each(["-O0", "-O2 -fPIC"])("do what they do with GNU ld: %s", (options) => {
    const objects = ["main.c", "work.c"].map((name) => compile("clang", name, options, "-c", ...options.split(" ")));
    expect(here(objects)).toEqual(native(objects));
  });
});

describe.runIf(isNative && hasTools("rustc", "as", "ld", "ar"))("objects of rustc", () => {
  it.each(["-Copt-level=1", "-Copt-level=3"])("do what they do with GNU ld: %s", (option) => {
    const object = compile(
      "rustc",
      "work.rs",
      option,
      "--edition=2024",
      "--emit=obj",
      "-g",
      "-Cpanic=abort",
      "-Coverflow-checks=off",
      option,
    );
    expect(here([object])).toEqual(native([object]));
  });
});
