import { describe, expect, it } from "vitest";
import { compileExpression } from "../../../runtime/expressions/expression.js";
import { compileHitCondition } from "../../../runtime/expressions/hit-condition.js";
import { compileLogMessage } from "../../../runtime/expressions/log-message.js";
import { names, scope } from "./scope.js";

describe("hit conditions", () => {
  it.each([
    ["5", [5]],
    ["== 5", [5]],
    ["= 5", [5]],
    [">= 8", [8, 9, 10]],
    ["> 8", [9, 10]],
    ["< 3", [1, 2]],
    ["<=3", [1, 2, 3]],
    ["% 4", [4, 8]],
  ])("%s stops at hits %j of ten", (text, expected) => {
    const condition = compileHitCondition(text);
    if (!condition.ok) throw new Error(condition.error);
    const hits = Array.from({ length: 10 }, (_, index) => index + 1);
    expect(hits.filter(condition.value)).toEqual(expected);
  });

  it.each(["five", "", "5 5", "-1", "1.5"])('"%s" is refused with the forms there are', (text) => {
    const condition = compileHitCondition(text);
    expect(condition).toEqual({
      ok: false,
      error: `"${text}" is not a hit count: write 5 (the fifth hit), >= 3 (from the third on) or % 10 (every tenth)`,
    });
  });

  it("refuses a remainder by zero", () => expect(compileHitCondition("% 0").ok).toBe(false));
});

describe("log messages", () => {
  const fill = (template: string) => {
    const message = compileLogMessage(template, (text) => compileExpression(text, names));
    return message.ok ? message.value(scope) : message.error;
  };

  it.each([
    ["thread {thread.slot} counts {rbx,d}", "thread 2 counts 42"],
    ["no expression", "no expression"],
    ["{rdx,s}!", '"grün"!'],
    ["\\{rbx\\} is {rbx,d} \\o/", "{rbx} is 42 \\o/"],
    ["{r9}", "<the value of r9 is not known in this frame: only what a switch or a call saved can be known here>"],
    ["{foo}", '"foo" is neither a register, a flag nor a symbol of this program (at character 1 of "foo").'],
    ["a { b", '"{" at character 3 of the message has no partner: write \\{ for the brace itself'],
  ])("%s becomes %s", (template, expected) => expect(fill(template)).toBe(expected));
});
