import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { DebugInformation } from "../../../runtime/object/debug-information.js";
import { lastComponent } from "../../../runtime/object/dwarf/name-index.js";
import { typeName } from "../../../runtime/object/dwarf/type-name.js";
import { ObjectFile } from "../../../runtime/object/object-file.js";
import { fixtures, hasTools, output, programs, Workshop } from "./toolchain.js";

function prebuilt(name: string): DebugInformation {
  return new DebugInformation(new ObjectFile(new Uint8Array(gunzipSync(readFileSync(join(fixtures, name))))));
}

describe("functions by name", () => {
  const debug = prebuilt("shapes.cc.elf.gz");

  it.each([
    ["main", ["main"]],
    ["area", ["geometry::Grid<float, 3>::area"]],
    ["geometry::Grid<float, 3>::area", ["geometry::Grid<float, 3>::area"]],
    ["Grid<float, 3>::area", ["geometry::Grid<float, 3>::area"]],
    ["_ZNK8geometry4GridIfLi3EE4areaEv", ["geometry::Grid<float, 3>::area"]],
    ["rea", []],
    ["other::area", []],
  ])("%s", (name, expected) => {
    expect(debug.functionsNamed(name).map((home) => home.name)).toEqual(expected);
  });

  it("are found by parts of their symbols as by looking at each", () => {
    for (const part of ["main", "a", "area", "4Grid", "Ev", "nothing", "ä"]) {
      const expected = [...debug.object.symbols].filter(({ name }) => name.includes(part));
      const found = debug.object.symbols.withNamesLike(part);
      expect(new Set(found.map(({ name }) => name))).toEqual(new Set(expected.map(({ name }) => name)));
      expect(found.map(({ address }) => address)).toEqual(expected.map(({ address }) => address));
    }
  });

  it("begin where the symbols do", () => {
    for (const name of ["main", "area"]) {
      const [home] = debug.functionsNamed(name);
      const symbol = debug.object.symbols.named(home?.linkageName ?? name);
      expect(home?.entryAddress).toBe(symbol?.address);
      expect(debug.bodyStartOf(home as NonNullable<typeof home>)).toBeGreaterThanOrEqual(symbol?.address ?? 0);
    }
  });
});

describe("variables and types by name", () => {
  const debug = prebuilt("shapes.c.elf.gz");

  it("variables", () => {
    const [counter] = debug.globalsNamed("counter");
    const place = counter && debug.locate(counter, undefined, noFrame);
    const symbol = debug.object.symbols.named("counter");
    expect(place).toEqual({ kind: "memory", address: BigInt(symbol?.address ?? 0) });
    expect(debug.globalsNamed("nothing")).toEqual([]);
  });

  it("types", () => {
    expect(debug.typeNamed("point")).toMatchObject({ kind: "struct", size: 16 });
    expect(typeName(debug.typeNamed("point_t"))).toBe("point_t");
    expect(debug.typeNamed("colour")).toMatchObject({ kind: "enum" });
    expect(debug.typeNamed("nothing")).toBeUndefined();
  });

  it.each([
    ["a::b::c", "c"],
    ["plain", "plain"],
    ["std::vector<a::b, c::d>", "vector<a::b, c::d>"],
    ["<T as core::Trait>::run", "run"],
  ])("the last part of %s", (name, expected) => {
    expect(lastComponent(name)).toBe(expected);
  });
});

describe.runIf(hasTools("gcc"))("types that another unit has", () => {
  const workshop = new Workshop();
  afterAll(() => workshop.remove());

  it("are found where only their name is known", () => {
    const path = join(workshop.folder, "two");
    output("gcc", ["-g", join(programs, "opaque.c"), join(programs, "opaque-inside.c"), "-o", path]);
    const debug = new DebugInformation(new ObjectFile(workshop.read(path)));
    const main = debug.object.symbols.named("main");
    const [handle] = debug.globalsNamed("handle", main?.address);
    const target = handle?.type?.kind === "pointer" ? handle.type.target : undefined;
    if (target?.kind !== "struct") throw new Error("no struct");
    expect(target).toMatchObject({ isDeclaration: true, size: undefined });
    expect(debug.definitionOf(target)).toMatchObject({ isDeclaration: false, size: 8 });
  });
});

const noFrame = { address: 0, register: () => undefined, memory: () => undefined, canonicalFrameAddress: undefined };
