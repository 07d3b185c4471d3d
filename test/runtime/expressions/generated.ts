/** Expressions over what there is at a stop: every part of every variable, and random combinations of them. */
import type { Debuggee } from "../../../runtime/debuggee.js";
import { compileExpression } from "../../../runtime/expressions/expression.js";
import type { ExpressionScope } from "../../../runtime/expressions/scope.js";
import { traitsOf } from "../../../runtime/expressions/types.js";
import { childrenOf } from "../../../runtime/values/children.js";
import type { SourceValue } from "../../../runtime/values/source-value.js";

/** Numbers of a program's own, by the expressions for them. */
export interface Leaves {
  readonly numbers: readonly string[];
  readonly integers: readonly string[];
  readonly pointers: readonly string[];
  readonly wholes: readonly string[];
}

const deepest = 4;
const most = 160;

export function leavesOf(debuggee: Debuggee, scope: ExpressionScope, excluded: RegExp): Leaves {
  const thread = debuggee.currentThread();
  const leaves = {
    numbers: new Set<string>(),
    integers: new Set<string>(),
    pointers: new Set<string>(),
    wholes: new Set<string>(),
  };
  const walk = (expression: string, value: SourceValue, depth: number) => {
    const { kind } = traitsOf(value.type);
    if (kind === "integer") leaves.integers.add(expression);
    if (kind === "integer" || kind === "float") leaves.numbers.add(expression);
    else if (kind === "pointer") leaves.pointers.add(expression);
    else if (value.type !== undefined) leaves.wholes.add(expression);
    if (depth >= deepest || leaves.numbers.size + leaves.pointers.size > most) return;
    for (const { access, value: part } of childrenOf({ ...value, isRaw: true }, scope.source, 0, 4)) {
      // What has no name of its own (a base class of a template) has members that do.
      if (access === undefined) walk(expression, part, depth + 1);
      else if (access === "") walk(expression, part, depth);
      else walk(access === "*" ? `(*${expression})` : `${expression}${access}`, part, depth + 1);
    }
  };
  for (const { name, value, isHidden } of [...debuggee.locals(thread, 0), ...debuggee.globals(thread, 0)]) {
    if (isHidden || !/^\w+$/.test(name) || excluded.test(name)) continue;
    walk(name, value, 0);
  }
  const lists = Object.entries(leaves).map(([kind, set]) => [
    kind,
    [...set].filter((text) => compileExpression(text, scope.names).ok),
  ]);
  return Object.fromEntries(lists) as unknown as Leaves;
}

/** A sequence of numbers below `limit` that is the same each time (a linear congruential generator). */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const casts = ["int", "unsigned int", "char", "unsigned char", "short", "long", "unsigned long", "double", "float"];
const constants = ["0", "1", "-1", "7", "255", "0x7fffffff", "0x80000000", "4294967296", "'a'", "3u", "2l"];

/** `count` random expressions in C. No address gets into a result: gdb's process has others. */
export function generated(leaves: Leaves, count: number, seed: number): string[] {
  const below = randomNumbers(seed);
  const pick = (list: readonly string[]) => list[below(list.length)] ?? "0";
  const integer = (depth: number): string => {
    switch (depth <= 0 ? below(3) : below(9)) {
      case 0:
      case 1:
        return pick(leaves.integers);
      case 2:
        // Constants among themselves have 64 bits here, and an int's in C: they stand beside something else.
        return `(${pick(leaves.integers)} ${pick(["+", "-", "*", "&", "|"])} ${pick(constants)})`;
      case 3:
        return `(${integer(depth - 1)} ${pick(["+", "-", "*", "&", "|", "^"])} ${integer(depth - 1)})`;
      case 4:
        return `(${pick(["-", "~", "!", "+"])}${integer(depth - 1)})`;
      case 5:
        return `((${pick(casts.slice(0, 7))})${number(depth - 1)})`;
      case 6:
        return `(${condition(depth - 1)} ? ${integer(depth - 1)} : ${integer(depth - 1)})`;
      case 7:
        return `(${integer(depth - 1)} ${pick(["/", "%"])} ${pick(["3", "7u", "-5", "1000000007"])})`;
      default:
        return `(${integer(depth - 1)} ${pick(["<<", ">>"])} ${1 + below(7)})`;
    }
  };
  const number = (depth: number): string =>
    below(3) === 0 && leaves.numbers.length > 0
      ? `(${pick(leaves.numbers)} ${pick(["+", "-", "*"])} ${integer(depth - 1)})`
      : integer(depth);
  const condition = (depth: number): string =>
    below(3) === 0 && depth > 0
      ? `(${condition(depth - 1)} ${pick(["&&", "||"])} ${condition(depth - 1)})`
      : `(${number(depth)} ${pick(["<", "<=", ">", ">=", "==", "!="])} ${number(depth)})`;
  const whole = () => {
    const pointer = pick(leaves.pointers);
    switch (below(5)) {
      case 0:
        return `sizeof(${pick([...leaves.wholes, ...leaves.numbers])})`;
      case 1:
        return `(${pointer} + 3) - ${pointer}`;
      case 2:
        return `${pointer} ${pick(["==", "!="])} 0`;
      case 3:
        return `&${pick(leaves.wholes)} == 0`;
      default:
        return `!${pointer} || ${condition(1)}`;
    }
  };
  return Array.from({ length: count }, () => {
    switch (below(4)) {
      case 0:
        return number(2);
      case 1:
        return condition(2);
      case 2:
        return whole();
      default:
        return integer(3);
    }
  });
}
