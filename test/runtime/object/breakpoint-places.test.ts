/** Where breakpoints on lines and functions go, beside gdb. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { DebugInformation } from "../../../runtime/object/debug-information.js";
import { ObjectFile } from "../../../runtime/object/object-file.js";
import { gdb } from "./judges.js";
import { hasTools, output, programs, Workshop } from "./toolchain.js";

const stepped = fileURLToPath(new URL("../../debug-adapter/programs/", import.meta.url));

const cases: readonly (readonly [string, readonly string[], string])[] = ["-O0", "-O1", "-O2", "-O3"].flatMap(
  (level) =>
    [
      [join(stepped, "inlined.c"), ["increment", "note", "nested", "kept", "work", "last", "main"], level],
      [join(stepped, "steps.c"), ["square", "twice", "thrice", "sum", "main"], level],
    ] as const,
);

describe.runIf(hasTools("gcc", "g++", "gdb"))("breakpoints go where gdb puts them", () => {
  const workshop = new Workshop();
  afterAll(() => workshop.remove());

  function build(source: string, level: string) {
    const path = join(workshop.folder, "program");
    output(source.endsWith(".cc") ? "g++" : "gcc", ["-g", level, "-no-pie", source, "-o", path]);
    return { path, debug: new DebugInformation(new ObjectFile(workshop.read(path))) };
  }

  /** The addresses of gdb's breakpoints. Thunks, which no function claims, jump to the place itself. */
  function placesOfGdb(path: string, debug: DebugInformation, places: readonly string[]): number[][] {
    const commands = places.flatMap((place) => [
      `echo \\nplace ${place}\\n`,
      `break ${place}`,
      "info breakpoints",
      "delete",
    ]);
    const told = gdb(path, ...commands)
      .split(/^place /m)
      .slice(1);
    expect(told).toHaveLength(places.length);
    return told.map((text) => {
      const table = text.slice(text.indexOf("Num "));
      const addresses = [...table.matchAll(/0x0*([0-9a-f]+)/g)].map(([, digits]) => Number.parseInt(digits ?? "", 16));
      return [...new Set(addresses)]
        .filter((address) => debug.functionAt(address) !== undefined)
        .sort((one, two) => one - two);
    });
  }

  const linesOf = (source: string) =>
    readFileSync(source, "utf8")
      .split("\n")
      .map((_, index) => index + 1)
      .slice(0, -1);

  it.each([
    ...cases.map(([source, , level]) => [source, level] as const),
    [join(programs, "shapes.c"), "-O0"],
    [join(programs, "shapes.cc"), "-O0"],
  ] as const)("on the lines of %s %s", (source, level) => {
    const { path, debug } = build(source, level);
    const lines = linesOf(source);
    const gdbs = placesOfGdb(
      path,
      debug,
      lines.map((line) => `${source}:${line}`),
    );
    const differences = lines.flatMap((line, index) => {
      const ours = debug.placesOfLine(source, line);
      const addresses = ours?.places.map(({ address }) => address) ?? [];
      if (JSON.stringify(addresses) === JSON.stringify(gdbs[index])) return [];
      // gdb goes on to the next line where nothing is left but an inlined call. Ours is the line of the call.
      const isCall = ours?.places.every(({ address, inlinedDepth }) => {
        const frames = debug.framesAt(address);
        return frames.length > inlinedDepth + 1 && frames.at(-1 - inlinedDepth)?.place?.line === ours.line;
      });
      return isCall === true ? [] : [{ line, ours, gdb: gdbs[index] }];
    });
    expect(differences).toEqual([]);
    expect(gdbs.filter((addresses) => addresses.length > 0).length).toBeGreaterThan(10);
  });

  it.each(cases)("on functions, also where they were inlined: %s %s %s", (source, names, level) => {
    const { path, debug } = build(source, level);
    const gdbs = placesOfGdb(path, debug, names);
    const functionsAt = (address: number) => debug.framesAt(address).map(({ name }) => name);
    names.forEach((name, index) => {
      const ours = debug.placesOfFunction(name);
      expect([name, ours.map(({ address }) => address)]).toEqual([name, gdbs[index]]);
      for (const { address, inlinedDepth } of ours) expect(functionsAt(address).at(-1 - inlinedDepth)).toBe(name);
    });
  });
});
