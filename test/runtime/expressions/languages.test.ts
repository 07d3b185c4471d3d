/** Expressions over the types of C++, Rust and their libraries, where gdb has no answer to the same text. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compileExpression, describeExpressionError } from "../../../runtime/expressions/expression.js";
import { hasTools } from "../object/toolchain.js";
import { type Language, stopIn } from "../values/programs-at-stop.js";

const folder = mkdtempSync(join(tmpdir(), "green-threads-languages-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What each expression shows, or the message of its error. */
async function shown(language: Language, texts: readonly string[]): Promise<Record<string, string>> {
  const { debuggee } = await stopIn(folder, language, "-O0");
  const scope = debuggee.scopeOf(debuggee.currentThread(), 0);
  if (scope === undefined) throw new Error("there is no frame");
  return Object.fromEntries(
    texts.map((text) => {
      const compiled = compileExpression(text, scope.names);
      const result = compiled.ok ? compiled.value.show(scope) : compiled;
      return [text, result.ok ? result.value : describeExpressionError(text, result.error)];
    }),
  );
}

describe.runIf(hasTools("g++"))("C++", () => {
  it("library types, base classes, scoped enumerators, references", async () => {
    const expected = {
      'text == "short"': "true",
      'names[1] == "yy"': "true",
      "numbers[2] + numbers[0]": "4",
      "owned->id": "3",
      "owned->label": '"derived thing that is long enough for the heap"',
      "(*owned).id": "3",
      "*shared": "8",
      "maybe.value * 2": "5.0",
      "kind == shapes::Kind::large": "true",
      "kind == Kind::small": "false",
      "(int)kind": "1",
      "reference + 1": "2",
      "&reference == &numbers[0]": "true",
      "sizeof(shapes::Derived)": "48",
      "((shapes::Base *)0) == nullptr": "true",
      "numbers[3]": 'The index 3 is out of bounds: there are 3 elements (at character 8 of "numbers[3]").',
      "owned->lable": expect.stringMatching(/has no member "lable": did you mean "label"/),
      "kind == large": expect.stringMatching(/"large" is neither/),
      "names,x": expect.stringMatching(/^\["?/),
    };
    expect(await shown("cc", Object.keys(expected))).toEqual(expected);
  });
});

describe.runIf(hasTools("rustc"))("Rust", () => {
  it("slices, texts, tuples, enums with data, boxes", async () => {
    const expected = {
      'name == "hello"': "true",
      'v[1] == "bcd"': "true",
      "numbers[1] as u8": "2",
      "numbers[7]": 'The index 7 is out of bounds: there are 3 elements (at character 8 of "numbers[7]").',
      "t.0": "1",
      "t.1 == 'x'": "true",
      "t.2 && true": "true",
      "shape.1": "3",
      "shape.Square.0": "2",
      "shape.radius": expect.stringMatching(/has no member "radius"/),
      "shape.Circle": expect.stringMatching(/has no member "Circle": it is Square now/),
      "some.0 + 1": "18",
      "none.0": expect.stringMatching(/has no member/),
      "*rc": "5",
      "rc.value == *rc2": "true",
      "pair.first": "1",
      "*pair.second.0": "2",
      "total as f64 / 2": "8.5",
      "(u8)total": "17",
      "*(&total as *const u8)": "17",
      "sizeof(i64)": "8",
      "res.0": '"bad"',
      "total == 17usize": "true",
    };
    expect(await shown("rs", Object.keys(expected))).toEqual(expected);
  });
});
