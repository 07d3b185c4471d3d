import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { CallFrames } from "../../../runtime/object/call-frames.js";
import { DebugInformation } from "../../../runtime/object/debug-information.js";
import { linkageNameOf, plainName } from "../../../runtime/object/dwarf/names.js";
import { ObjectFile } from "../../../runtime/object/object-file.js";
import { addr2linePlaces, gdbChains, instructionAddresses } from "./judges.js";
import { fixtures } from "./toolchain.js";

/** What other tools said about a program that was built beforehand, at an instruction. */
interface Recorded {
  readonly address: number;
  /** Of the frames, innermost first, as gdb has them for the linker. */
  readonly names: readonly string[];
  /** Of the outer frames, from addr2line: where inlined calls are. */
  readonly callers: readonly string[];
}

/** `GREEN_THREADS_RECORD=1` asks the tools anew. */
function recorded(name: string, program: Uint8Array): readonly Recorded[] {
  const file = join(fixtures, `${name}.json`);
  if (process.env.GREEN_THREADS_RECORD === "1") writeFileSync(file, `${JSON.stringify(ask(program), undefined, 1)}\n`);
  return JSON.parse(readFileSync(file, "utf8")) as Recorded[];
}

function ask(program: Uint8Array): Recorded[] {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-record-"));
  try {
    const path = join(folder, "program");
    writeFileSync(path, program);
    const addresses = instructionAddresses(path, 120);
    const [chains, places] = [gdbChains(path, folder, addresses), addr2linePlaces(path, addresses)];
    return addresses.flatMap((address, index) => {
      const names = chains[index] ?? [];
      const callers = (places[index] ?? []).slice(1);
      return names.length > 0 && callers.length === names.length - 1 ? [{ address, names, callers }] : [];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.each([["shapes.c"], ["shapes.cc"]])("a program built beforehand, %s", (name) => {
  const program = new Uint8Array(gunzipSync(readFileSync(join(fixtures, `${name}.elf.gz`))));
  const object = new ObjectFile(program);
  const [debug, frames] = [new DebugInformation(object), new CallFrames(object)];

  it("has the frames that gdb and addr2line told", () => {
    const judged = recorded(name, program);
    expect(judged.length).toBeGreaterThan(40);
    const ours = judged.map(({ address }) => {
      const found = debug.framesAt(address);
      const names = found.map(({ scope }) => linkageNameOf(scope.entry) ?? plainName(scope.entry) ?? "");
      const callers = found.slice(1).map(({ place }) => `${basename(place?.path ?? "")}:${place?.line}`);
      return { address, names, callers };
    });
    // gdb makes names with parameters for what the linker has no name for.
    const told = judged.map((one, index) => ({
      ...one,
      names: one.names.map((given, at) => {
        const mine = ours[index]?.names[at] ?? "?";
        return given.split("(")[0]?.endsWith(mine) ? mine : given;
      }),
    }));
    expect(ours).toEqual(told);
  });

  it("has its lines, and rules for unwinding at each instruction", () => {
    for (const { address } of recorded(name, program)) {
      expect(debug.lineAt(address)?.line, address.toString(16)).toBeGreaterThan(0);
      const row = frames.at(address);
      expect(row?.cfa, address.toString(16)).toBeDefined();
      expect(row?.registers.get(16)).toEqual({ kind: "offset", offset: -8 });
    }
  });
});
