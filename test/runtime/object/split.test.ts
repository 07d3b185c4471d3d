import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DebugInformation } from "../../../runtime/object/debug-information.js";
import { typeName } from "../../../runtime/object/dwarf/type-name.js";
import { sizeOf } from "../../../runtime/object/dwarf/type-reader.js";
import { ObjectFile } from "../../../runtime/object/object-file.js";
import { instructionAddresses } from "./judges.js";
import { type Compiled, hasTools, output, programs, Workshop } from "./toolchain.js";

/** Everything that is asked of split debug information must be what the same program with all of it inside tells. */
describe.runIf(hasTools("gcc", "g++", "dwp"))("debug information in other files", () => {
  const workshop = new Workshop();
  afterAll(() => workshop.remove());

  describe.each([
    ["shapes.c", "-O2", "-gdwarf-4"],
    ["shapes.c", "-O0", "-gdwarf-5"],
    ["shapes.c", "-O2", "-gdwarf-5"],
    ["shapes.cc", "-O2", "-gdwarf-4", "-fdebug-types-section"],
    ["shapes.cc", "-O2", "-gdwarf-5", "-fdebug-types-section"],
  ] as const)("%s %s %s %s", (source, ...flags) => {
    let whole: Compiled;
    let split: Compiled;
    beforeAll(() => {
      whole = workshop.compile(source, ...flags);
      split = buildSplit(source, flags);
    }, 120_000);

    it("says what is missing, and has its lines still", () => {
      const debug = new DebugInformation(new ObjectFile(split.bytes));
      const [file] = debug.missingFiles();
      expect(basename(file ?? "")).toMatch(/\.dwo$/);
      const main = debug.object.symbols.named("main");
      expect(debug.lineAt(main?.address ?? 0)?.path).toBe(join(programs, source));
      expect(debug.functionAt(main?.address ?? 0)).toBeUndefined();
    });

    it("reads .dwo files", () => {
      const debug = new DebugInformation(new ObjectFile(split.bytes));
      for (const file of debug.missingFiles()) debug.provideFile(file, workshop.read(file));
      expect(debug.missingFiles()).toEqual([]);
      compare(debug);
      expect(debug.notes).toEqual([]);
    });

    // The package tool of binutils 2.40 does not know version 5.
    it.skipIf(flags.includes("-gdwarf-5" as never))("reads a .dwp package", () => {
      output("dwp", ["-e", split.path, "-o", `${split.path}.dwp`]);
      const debug = new DebugInformation(new ObjectFile(split.bytes));
      debug.provideFile(`${split.path}.dwp`, workshop.read(`${split.path}.dwp`));
      expect(debug.missingFiles()).toEqual([]);
      compare(debug);
    });

    function compare(debug: DebugInformation): void {
      const ours = told(debug, split);
      const theirs = told(new DebugInformation(new ObjectFile(whole.bytes)), whole);
      expect(ours.answers).toEqual(theirs.answers);
      // gcc leaves out what it cannot say in a split file: the byte before a label, pointers to what is nowhere.
      const same = ours.kinds.filter((kind, index) => kind === theirs.kinds[index]).length;
      expect(same / ours.kinds.length).toBeGreaterThan(0.97);
    }
  });

  it("a file of another build is said", () => {
    const split = buildSplit("shapes.c", ["-O2", "-g"]);
    buildSplit("types.c", ["-O1", "-g"]);
    const other = readdirSync(workshop.folder).find((name) => /types_c.*\.dwo$/.test(name)) ?? "";
    const debug = new DebugInformation(new ObjectFile(split.bytes));
    for (const file of debug.missingFiles()) debug.provideFile(file, workshop.read(join(workshop.folder, other)));
    expect(debug.functionAt(debug.object.symbols.named("main")?.address ?? 0)).toBeUndefined();
    expect(debug.notes.join()).toMatch(/another build/);
  });

  function buildSplit(source: string, flags: readonly string[]): Compiled {
    const name = `split-${source}${flags.join("")}`.replaceAll(/[^\w-]/g, "_");
    const path = join(workshop.folder, name);
    const compiler = source.endsWith(".cc") ? "g++" : "gcc";
    output(compiler, [...flags, "-gsplit-dwarf", "-c", join(programs, source), "-o", `${path}.o`]);
    output(compiler, [`${path}.o`, "-o", path]);
    return { path, bytes: workshop.read(path) };
  }

  /** Names, places, variables and types at many instructions. */
  function told(debug: DebugInformation, { path }: Compiled): { answers: unknown; kinds: string[] } {
    const kinds: string[] = [];
    const addresses = instructionAddresses(path, 150);
    const answers = addresses.map((address) => ({
      address,
      frames: debug.framesAt(address).map((frame) => ({
        name: frame.name,
        place: frame.place,
        ranges: frame.home.ranges,
        declaration: frame.home.declaration,
        variables: debug.variablesAt(frame, address).map((variable) => {
          kinds.push(debug.locate(variable, frame.home, frameAt(address)).kind);
          return [variable.name, variable.declaration, typeName(variable.type), sizeOf(variable.type)];
        }),
      })),
    }));
    expect(answers.filter(({ frames }) => frames.length > 0).length).toBeGreaterThan(30);
    return { answers, kinds };
  }
});

function frameAt(address: number) {
  return {
    address,
    canonicalFrameAddress: 0x7000n,
    register: (number: number) => BigInt(0x1000 + number),
    memory: (_address: bigint, size: number) => new Uint8Array(size),
  };
}
