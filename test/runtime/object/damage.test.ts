import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { CallFrames } from "../../../runtime/object/call-frames.js";
import { DebugInformation } from "../../../runtime/object/debug-information.js";
import type { FrameValues } from "../../../runtime/object/dwarf/locate.js";
import { typeName } from "../../../runtime/object/dwarf/type-name.js";
import { sizeOf } from "../../../runtime/object/dwarf/type-reader.js";
import type { Type } from "../../../runtime/object/dwarf/types.js";
import { ObjectFile } from "../../../runtime/object/object-file.js";
import { fixtures } from "./toolchain.js";

/** A generator of numbers below `limit`, the same in every run. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Asks everything that there is to ask. */
function exercise(bytes: Uint8Array, addresses: readonly number[]): DebugInformation {
  const object = new ObjectFile(bytes);
  const debug = new DebugInformation(object);
  const frames = new CallFrames(object);
  void [object.buildId, object.debugLink, [...object.symbols], debug.isPresent];
  for (const address of addresses) {
    debug.lineAt(address);
    frames.at(address);
    object.symbols.at(address);
    const home = debug.functionAt(address);
    void [home?.name, home?.linkageName, home?.declaration, home?.entryAddress, home?.isExternal, home?.frameBase];
    if (home) debug.bodyStartOf(home);
    for (const frame of debug.framesAt(address)) {
      for (const variable of [...debug.variablesAt(frame, address), ...debug.globalsAt(address)]) {
        void [variable.name, variable.qualifiedName, variable.declaration, variable.isArtificial];
        debug.locate(variable, frame.home, { ...emptyFrame, address });
        walk(variable.type, 4);
      }
    }
  }
  for (const { path } of debug.sources()) for (const line of [1, 14, 1000]) debug.placesOfLine(path, line);
  return debug;
}

const emptyFrame: FrameValues = {
  address: 0,
  canonicalFrameAddress: 0x7000n,
  register: (number) => BigInt(number),
  memory: (_address, size) => new Uint8Array(Math.min(size, 64)),
};

/** Looks at all parts of a type, a few steps deep. */
function walk(type: Type | undefined, depth: number): void {
  if (!type || depth === 0) return;
  typeName(type);
  sizeOf(type);
  for (const part of Object.values(type)) {
    for (const inner of Array.isArray(part) ? part : [part]) {
      if (typeof inner !== "object" || inner === null) continue;
      if ("kind" in inner) walk(inner as Type, depth - 1);
      else if ("type" in inner) walk((inner as { type?: Type }).type, depth - 1);
    }
  }
}

describe.each([["shapes.c.elf.gz"], ["shapes.cc.elf.gz"]])("damaged debug information in %s", (name) => {
  const whole = new Uint8Array(gunzipSync(readFileSync(join(fixtures, name))));
  const code = new ObjectFile(whole).symbols.named("main");
  const addresses = Array.from({ length: 12 }, (_, index) => (code?.address ?? 0) + index * 9);

  it("is no damage at first", () => {
    expect(exercise(whole, addresses).notes).toEqual([]);
  });

  it("never throws, whatever bytes are changed", () => {
    const object = new ObjectFile(whole);
    const sections = [
      ".debug_info",
      ".debug_abbrev",
      ".debug_line",
      ".debug_rnglists",
      ".debug_str",
      ".debug_loclists",
    ];
    for (let seed = 1; seed <= 50; seed++) {
      const random = randomNumbers(seed);
      const changed = whole.slice();
      for (const section of sections) {
        const bytes = object.section(section);
        if (!bytes || bytes.length === 0) continue;
        for (let count = random(4); count > 0; count--) {
          changed[bytes.byteOffset + random(bytes.length)] = random(2) === 0 ? random(256) : 0xff;
        }
      }
      expect(() => exercise(changed, addresses), `seed ${seed}`).not.toThrow();
    }
  });

  it("never throws, wherever the file is cut off", () => {
    for (let length = 0; length < whole.length; length += Math.ceil(whole.length / 60)) {
      const debug = exercise(whole.subarray(0, length), addresses);
      expect(debug.notes).not.toEqual([]);
    }
  });
});

describe("a file without debug information", () => {
  it("has its symbols still", () => {
    const whole = new Uint8Array(gunzipSync(readFileSync(join(fixtures, "shapes.c.elf.gz"))));
    const source = new ObjectFile(whole);
    const main = source.symbols.named("main");
    const stripped = new DebugInformation(new ObjectFile(withoutDebugSections(whole)));
    expect(stripped.isPresent).toBe(false);
    expect(stripped.lineAt(main?.address ?? 0)).toBeUndefined();
    expect(stripped.framesAt(main?.address ?? 0)).toEqual([]);
    expect(stripped.symbolAt((main?.address ?? 0) + 3)).toMatchObject({ name: "main", offset: 3 });
  });
});

/** Renames `.debug_…` to `.xebug_…`. */
function withoutDebugSections(bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  const text = new TextDecoder("latin1").decode(changed);
  for (const { index } of text.matchAll(/\.debug_/g)) changed[index + 1] = "x".charCodeAt(0);
  return changed;
}
