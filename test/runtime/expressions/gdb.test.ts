/** Expressions over the variables of running programs, beside gdb's answers to the same text. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { compileExpression } from "../../../runtime/expressions/expression.js";
import { EvaluationFailure, operandOf, referred } from "../../../runtime/expressions/operands.js";
import type { ExpressionScope, Names } from "../../../runtime/expressions/scope.js";
import { bitsOf, sizeOfType } from "../../../runtime/values/source-value.js";
import { gdb } from "../object/judges.js";
import { hasTools } from "../object/toolchain.js";
import { type Language, type StoppedProgram, stopIn } from "../values/programs-at-stop.js";
import { generated, leavesOf } from "./generated.js";

interface Answer {
  readonly kind: "integer" | "float" | "pointer" | "other" | "optimized-out" | "error";
  readonly value?: string;
  readonly size?: number;
  readonly isNull?: boolean;
  readonly message?: string;
}

/**
 * What gdb does not do, and says so: C's arithmetic on truth values, members of a base class by its name, variables of
 * threads without a library for that.
 */
const notDoneByGdb = /Invalid operation on booleans|cannot resolve overloaded method|thread-local storage/;

/** The same of ours. Comparisons have no size: C's are ints, and ours are truth values. */
function answer(text: string, names: Names, scope: ExpressionScope): Answer {
  const compiled = compileExpression(text, names);
  const value = compiled.ok ? compiled.value.evaluate(scope) : compiled;
  if (!value.ok) {
    const { message } = value.error;
    return { kind: /no value that could be computed with/.test(message) ? "optimized-out" : "error", message };
  }
  const { place } = value.value;
  if (place.kind === "unknown" || (place.kind === "bytes" && place.known)) return { kind: "optimized-out" };
  try {
    const { source } = scope;
    const operand = value.value.type?.kind === "array" ? undefined : operandOf(value.value, source, 0);
    const whole = referred(value.value, source, 0);
    const size = sizeOfType(operand?.type ?? whole.type);
    switch (operand?.traits.kind) {
      case "integer":
        return { kind: "integer", value: operand.integer.toString(), size };
      case "float": {
        const bits = bitsOf(whole, source) ?? 0n;
        const bytes = Uint8Array.from({ length: size }, (_, index) => Number((bits >> BigInt(8 * index)) & 0xffn));
        return size > 8 ? { kind: "other", size } : { kind: "float", value: Buffer.from(bytes).toString("hex"), size };
      }
      case "pointer":
        return { kind: "pointer", isNull: operand.integer === 0n };
      default:
        return { kind: "other", size };
    }
  } catch (error) {
    if (error instanceof EvaluationFailure) return { kind: "error", message: error.message };
    throw error;
  }
}

function isSame(language: Language, text: string, ours: Answer, theirs: Answer): boolean {
  if (notDoneByGdb.test(theirs.message ?? "")) return true;
  // That there is no value can have two reasons, and whoever looks for one first says so.
  if (ours.message !== undefined && theirs.message !== undefined) return true;
  if (ours.kind !== theirs.kind || ours.value !== theirs.value || ours.isNull !== theirs.isNull) return false;
  // gdb's `sizeof` in C is an unsigned int, and C's is a size_t.
  // Of what holds an enum of Rust's, gdb tells how much its variant takes.
  if (ours.kind === "other" && language === "rs") return true;
  return ours.size === theirs.size || ours.size === 1 || /[<>=!|&]|sizeof/.test(text);
}

describe.runIf(hasTools("gdb", "gcc", "g++"))("expressions beside gdb", () => {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-gdb-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const script = fileURLToPath(new URL("gdb-values.py", import.meta.url));

  const programs: readonly (readonly [Language, string])[] = [
    ["c", "-O0"],
    ["c", "-O2"],
    ["cc", "-O0"],
    ["cc", "-O2"],
    ...(hasTools("rustc")
      ? ([
          ["rs", "-O0"],
          ["rs", "-O2"],
        ] as const)
      : []),
  ];

  /** gdb's answers at the same place. */
  function judgedAt({ path, address }: StoppedProgram, language: Language, texts: readonly string[]): Answer[] {
    const [list, result] = [join(folder, "list.json"), join(folder, `answers.${language}.json`)];
    writeFileSync(list, JSON.stringify(texts));
    gdb(path, `source ${script}`, `python collect(${address}, "${list}", "${result}")`);
    return JSON.parse(readFileSync(result, "utf8")) as Answer[];
  }

  it.each(["-O0", "-O2"])("names in the scopes of C++: %s", async (level) => {
    const stopped = await stopIn(folder, "cc", level, "scopes");
    const { debuggee } = stopped;
    const frames = debuggee.stackTrace(debuggee.currentThread()) ?? [];
    const inner = frames.findIndex(({ functionName }) => /twice/.test(functionName ?? ""));
    const outer = frames.findIndex(({ functionName }) => /work/.test(functionName ?? ""));
    const scope = debuggee.scopeOf(debuggee.currentThread(), Math.max(0, inner));
    const caller = debuggee.scopeOf(debuggee.currentThread(), outer);
    if (scope === undefined || caller === undefined) throw new Error("there is no frame");
    const plain = ["value", "result", "calls", "total", "ns::total", "per_thread", "Both::made", "value + calls * 2"];
    // The members of the object that the caller is a function of; a name that an inner block has, too.
    const texts = [
      "step",
      "value",
      "left",
      "right",
      "both",
      "this->both",
      "this->whole",
      "this->bytes[1]",
      "sizeof(halves)",
    ].concat(["mode", "mode == on", "Both::on + 1", "sizeof(*this)", "sizeof(this->halves) + left", "made", "total"]);
    for (const [index, [one, list]] of (
      [
        [scope, plain],
        [caller, texts],
      ] as const
    ).entries()) {
      const judged = judgedAt(stopped, "cc", [...(index === 0 ? [] : ["$up"]), ...list]).slice(index);
      const answers = list.map((text) => [text, answer(text, one.names, one)] as const);
      const differences = answers.flatMap(([text, ours], at) => {
        const theirs = judged[at] ?? { kind: "error" };
        // A variable that was dropped has no entry with a place: for us it is not there.
        const isDropped = theirs.kind === "optimized-out" && ours.kind === "error";
        return isDropped || isSame("cc", text, ours, theirs) ? [] : [{ text, ours, theirs }];
      });
      expect(differences).toEqual([]);
      expect(judged.filter(({ kind }) => kind === "integer").length).toBeGreaterThan(list.length / 3);
    }
  });

  it.each(programs)("values.%s %s", async (language, level) => {
    const stopped = await stopIn(folder, language, level);
    const { debuggee } = stopped;
    const scope = debuggee.scopeOf(debuggee.currentThread(), 0);
    if (scope === undefined) throw new Error("there is no frame");
    // What Rust hashes with is random, and another number in gdb's process; gdb 13 does not compute in 128 bits, takes the
    // values of an `enum class` for numbers without a sign, and
    // breaks down over what is left of the union in optimized code.
    const leaves = leavesOf(
      debuggee,
      scope,
      level === "-O2" ? /^(map|argv|huge|n|local|kind|p)$/ : /^(map|argv|huge|kind)$/,
    );
    const { numbers, pointers, wholes } = leaves;
    const texts = [...numbers, ...pointers, ...wholes, ...generated(leaves, 300, 20)];
    const judged = judgedAt(stopped, language, texts);
    const differences = texts.flatMap((text, index) => {
      const theirs = judged[index] ?? { kind: "error" };
      const ours = answer(text, scope.names, scope);
      // The processor as it is now answers as its frame does.
      expect([text, answer(text, scope.names, debuggee.processorScope)]).toEqual([text, ours]);
      return isSame(language, text, ours, theirs) ? [] : [{ text, ours, theirs }];
    });
    const known = judged.filter(({ kind }) => kind === "integer" || kind === "float").length;
    expect({ count: differences.length, first: differences.slice(0, 12) }).toEqual({ count: 0, first: [] });
    expect(known).toBeGreaterThan(level === "-O0" ? 200 : 60);
  });
});
