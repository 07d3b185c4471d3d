import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { CallFrames } from "../../../runtime/object/call-frames.js";
import { DebugInformation } from "../../../runtime/object/debug-information.js";
import { ObjectFile } from "../../../runtime/object/object-file.js";
import { gdb, instructionAddresses } from "./judges.js";
import { type Compiled, hasTools, Workshop } from "./toolchain.js";
import { type RealFrame, unwind } from "./unwinding.js";
import { valueText } from "./values.js";

interface Stop {
  readonly registers: Readonly<Record<string, string>>;
  readonly stack: string;
  readonly memory: string;
  readonly frames: readonly {
    readonly pc: number;
    readonly name: string;
    /** Null where gdb finds no block. */
    readonly variables:
      | null
      | readonly {
          readonly name: string;
          readonly line: number;
          readonly value: {
            readonly kind: string;
            readonly value?: string;
            readonly size?: number;
            readonly address?: string;
          };
        }[];
  }[];
}

describe.runIf(hasTools("gcc", "g++", "gdb", "objdump"))("variables in running programs beside gdb", () => {
  const workshop = new Workshop();
  afterAll(() => workshop.remove());

  it.each([
    ["shapes.c", "-O0", "-gdwarf-5"],
    ["shapes.c", "-O0", "-gdwarf-3"],
    ["shapes.c", "-O2", "-gdwarf-5"],
    ["shapes.c", "-Og", "-g", "-fomit-frame-pointer"],
    ["shapes.cc", "-O0", "-gdwarf-4"],
    ["shapes.cc", "-O2", "-gdwarf-5"],
  ] as const)("%s %s %s", (source, ...flags) => {
    compare(workshop.compile(source, ...flags, "-no-pie"), source === "shapes.c" ? ["main", "work"] : ["main"]);
  });

  it.runIf(hasTools("clang", "clang++")).each([
    ["clang", "shapes.c", "-O0", "-gdwarf-5"],
    ["clang", "shapes.c", "-O2", "-gdwarf-5"],
    ["clang++", "shapes.cc", "-O1", "-gdwarf-5"],
  ] as const)("by %s: %s %s %s", (compiler, source, ...flags) => {
    const functions = source === "shapes.c" ? ["main", "work"] : ["main"];
    compare(workshop.compileWith(compiler, source, ...flags, "-no-pie"), functions);
  });

  it.runIf(hasTools("rustc")).each([["-Copt-level=0"], ["-Copt-level=2"]])("shapes.rs %s", (level) => {
    const compiled = workshop.compile("shapes.rs", level, "-Cdebuginfo=2", "-Crelocation-model=static");
    compare(
      compiled,
      [...new ObjectFile(compiled.bytes).symbols].flatMap(({ name }) => (/shapes4main/.test(name) ? [name] : [])),
    );
  });

  function compare({ path, bytes }: Compiled, functions: readonly string[]): void {
    const addresses = instructionAddresses(path, 200, ...functions);
    const [list, result] = [join(workshop.folder, "list.json"), join(workshop.folder, "stops.json")];
    writeFileSync(list, JSON.stringify(addresses));
    const script = join(dirname(fileURLToPath(import.meta.url)), "gdb-stops.py");
    gdb(path, `source ${script}`, `python collect("${list}", "${result}", 80)`);
    const stops = JSON.parse(readFileSync(result, "utf8")) as Stop[];
    const object = new ObjectFile(bytes);
    const [debug, frames] = [new DebugInformation(object), new CallFrames(object)];
    let compared = 0;
    let located = 0;
    const differences: unknown[] = [];
    for (const stop of stops) {
      const real = enteredFrames(unwind(debug, frames, object, stop), stop);
      stop.frames.slice(0, 8).forEach((judged, index) => {
        const ours: RealFrame | undefined = real[index];
        const where = { pc: judged.pc.toString(16), frame: `${index} ${judged.name}` };
        if (ours === undefined || ours.pc !== judged.pc) {
          differences.push({ ...where, ours: ours?.pc.toString(16) });
          return;
        }
        if (judged.variables === null) return;
        const keyed = groupBy(
          debug.variablesAt(ours.source, ours.values.address),
          ({ name, declaration }) => `${name}:${declaration?.line ?? 0}`,
        );
        const judgedKeyed = groupBy(judged.variables, ({ name, line }) => `${name}:${line}`);
        for (const [key, expected] of judgedKeyed) {
          const found = keyed.get(key) ?? [];
          keyed.delete(key);
          // gdb also lists what the compiler dropped of blocks that are not there any more.
          const surplus = expected.length - found.length;
          const lost = expected.filter(({ value }) => value.kind === "optimized-out").slice(0, Math.max(0, surplus));
          const rest = expected.filter((variable) => !lost.includes(variable));
          rest.forEach(({ value }, position) => {
            const mine = found[position];
            const text = mine
              ? valueText(debug.locate(mine, ours.source.home, ours.values), mine.type, ours.values, value)
              : "missing";
            // gdb takes what a call may have changed for unchanged; for us it is not known.
            if (text === "register" && ours.pc !== stop.frames[0]?.pc) return;
            compared++;
            if (value.kind === "value" || value.kind === "memory") located++;
            const told = `${value.kind} ${value.value ?? value.address ?? ""}`;
            if (text !== told) differences.push({ ...where, key, ours: text, told });
          });
        }
        for (const key of keyed.keys()) differences.push({ ...where, surplus: key });
      });
    }
    expect(debug.notes).toEqual([]);
    expect(stops.length).toBeGreaterThan(20);
    expect(located).toBeGreaterThan(100);
    expect({ compared, count: differences.length, first: differences.slice(0, 8) }).toEqual({
      compared,
      count: 0,
      first: [],
    });
  }
});

/** At the first instruction of an inlined function, gdb says that it is not entered yet. */
function enteredFrames(real: readonly RealFrame[], stop: Stop): readonly RealFrame[] {
  const [pc, innermost] = [stop.frames[0]?.pc, real[0]];
  const judged = stop.frames.filter((frame) => frame.pc === pc).length;
  const ours = real.filter((frame) => frame.pc === pc).length;
  const notEntered = real.slice(0, Math.max(0, ours - judged));
  const atTheirStart = notEntered.every(
    ({ source }) => source.isInlined && source.scope.ranges.some(({ start }) => start === pc),
  );
  return innermost && atTheirStart ? real.slice(notEntered.length) : real;
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
