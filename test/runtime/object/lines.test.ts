import { basename } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { DebugInformation, type SourceFrame } from "../../../runtime/object/debug-information.js";
import { linkageNameOf, plainName } from "../../../runtime/object/dwarf/names.js";
import { ObjectFile } from "../../../runtime/object/object-file.js";
import { addr2linePlaces, gdbChains, instructionAddresses, type JudgedRow, readelfRows } from "./judges.js";
import { type Compiled, hasTools, Workshop } from "./toolchain.js";

const mostAddresses = 250;

const flagsOfC: readonly (readonly [string, ...string[]])[] = [
  ["shapes.c", "-O0", "-gdwarf-2", "-gstrict-dwarf"],
  ["shapes.c", "-O2", "-gdwarf-5"],
  ["shapes.c", "-O3", "-g", "-gz=zlib"],
  ["shapes.c", "-O1", "-g", "-gz=zlib-gnu"],
  ["shapes.c", "-O2", "-g", "-ffunction-sections", "-Wl,--gc-sections"],
  ["shapes.c", "-O2", "-g", "-flto"],
  ["shapes.cc", "-O2", "-gdwarf-4", "-fdebug-types-section"],
  ["shapes.cc", "-O0", "-gdwarf-5", "-fdebug-types-section"],
  ["shapes.cc", "-O3", "-gdwarf-5", "-gz=zlib"],
];

const flagsOfRust: readonly (readonly [string, ...string[]])[] = [
  ["shapes.rs", "-Copt-level=0", "-Cdebuginfo=2"],
  ["shapes.rs", "-Copt-level=3", "-Cdebuginfo=2", "-Zdwarf-version=5"],
];

describe.runIf(hasTools("gcc", "g++", "objdump", "readelf", "addr2line", "gdb"))(
  "beside readelf, addr2line, gdb",
  () => {
    const workshop = new Workshop();
    afterAll(() => workshop.remove());

    it.each(flagsOfC)("lines and inlined frames of %s %s %s", (source, ...flags) => {
      compare(workshop.compile(source, ...flags));
    });

    it.runIf(hasTools("rustc")).each(flagsOfRust)("lines and inlined frames of %s %s %s", (source, ...flags) => {
      // Version 5 is an option of unstable compilers, which this variable opens.
      process.env.RUSTC_BOOTSTRAP = "1";
      compare(workshop.compile(source, ...flags));
    });

    it.runIf(hasTools("clang", "clang++")).each([
      ["clang", "shapes.c", "-O0", "-gdwarf-4"],
      ["clang", "shapes.c", "-O2", "-gdwarf-5"],
      ["clang++", "shapes.cc", "-O0", "-gdwarf-5"],
      ["clang++", "shapes.cc", "-O1", "-gdwarf-5", "-gz=zlib"],
    ] as const)("lines and inlined frames by %s of %s %s %s", (compiler, source, ...flags) => {
      compare(workshop.compileWith(compiler, source, ...flags));
    });

    it("a static program, at each instruction of its own functions", () => {
      compare(workshop.compile("shapes.c", "-O2", "-g", "-static"), "main", "work");
    });

    it("the 64-bit format tells the same as the 32-bit one", () => {
      const [narrow, wide] = [workshop.compile("shapes.c", "-g"), workshop.compile("shapes.c", "-g", "-gdwarf64")];
      const addresses = instructionAddresses(narrow.path, mostAddresses, "main", "work");
      expect(addresses.length).toBeGreaterThan(80);
      const told = ({ bytes }: Compiled) => {
        const debug = new DebugInformation(new ObjectFile(bytes));
        return addresses.map((address) => debug.framesAt(address).map(({ name, place }) => ({ name, place })));
      };
      expect(told(wide)).toEqual(told(narrow));
    });

    function compare({ path, bytes }: Compiled, ...functions: readonly string[]): void {
      const debug = new DebugInformation(new ObjectFile(bytes));
      const addresses = instructionAddresses(path, mostAddresses, ...functions);
      const chains = gdbChains(path, workshop.folder, addresses);
      const places = addr2linePlaces(path, addresses);
      const rows = new RowTable(readelfRows(path));
      expect([chains.length, places.length]).toEqual([addresses.length, addresses.length]);
      let compared = 0;
      const differences: unknown[] = [];
      addresses.forEach((address, index) => {
        const frames = debug.framesAt(address);
        // gdb goes on to the function around a local class; that is no frame, and addr2line does not count it.
        const isNested = places[index]?.length === frames.length;
        const expected = isNested ? (chains[index] ?? []).slice(0, frames.length) : (chains[index] ?? []);
        if (frames.length === 0 && expected.length === 0) return;
        compared++;
        const problem =
          (frames.length === expected.length && frames.every((frame, at) => hasName(frame, expected[at] ?? ""))) ===
          false
            ? { ours: frames.map(nameForLinker), expected }
            : placesDiffer(frames, rows.at(address), places[index] ?? []);
        if (problem) differences.push({ address: address.toString(16), ...problem });
      });
      expect(debug.notes).toEqual([]);
      expect(compared).toBeGreaterThan(50);
      expect({ compared, count: differences.length, first: differences.slice(0, 4) }).toEqual({
        compared,
        count: 0,
        first: [],
      });
    }
  },
);

function nameForLinker({ scope }: SourceFrame): string {
  return linkageNameOf(scope.entry) ?? plainName(scope.entry) ?? "";
}

/** gdb makes a name with parameters for what has no name for the linker. */
function hasName(frame: SourceFrame, expected: string): boolean {
  const linkage = linkageNameOf(frame.scope.entry);
  return linkage === undefined ? expected.includes(plainName(frame.scope.entry) ?? "?") : linkage === expected;
}

function placesDiffer(frames: readonly SourceFrame[], row: string, judged: readonly string[]): object | undefined {
  const ours = frames.map(({ place }) => (place ? `${basename(place.path)}:${place.line}` : undefined));
  // addr2line cannot follow some chains; there, only the instruction's own line is compared.
  const outer = judged.length === ours.length ? judged.slice(1) : ours.slice(1);
  const expected = [row, ...outer].map((place) => (place === undefined || /:0$|^\?/.test(place) ? undefined : place));
  return JSON.stringify(ours) === JSON.stringify(expected) ? undefined : { ours, expected, judged };
}

/** The row that counts at an address: the last one, or the last one at the same place where a statement begins. */
class RowTable {
  readonly #sequences: JudgedRow[][] = [];

  constructor(rows: readonly JudgedRow[]) {
    let sequence: JudgedRow[] = [];
    for (const row of rows) {
      sequence.push(row);
      if (row.line !== undefined) continue;
      this.#sequences.push(sequence);
      sequence = [];
    }
  }

  at(address: number): string {
    const sequence = this.#sequences.find(
      (rows) =>
        (rows[0]?.address ?? 0) > 0 && (rows[0]?.address ?? 0) <= address && address < (rows.at(-1)?.address ?? 0),
    );
    const before = sequence?.filter((row) => row.address <= address) ?? [];
    const last = before.at(-1);
    const row = before.findLast((one) => one.isStatement && one.address === last?.address) ?? last;
    return row ? `${row.file}:${row.line}` : "??";
  }
}
