import { fail, ok, type Result } from "../base/result.js";

const pattern = /^\s*(==?|>=?|<=?|%)?\s*(\d+)\s*$/;

/**
 * When a breakpoint stops, by the number of its hits: `5` or `== 5` at the fifth, `>= 3` from the third on, `< 3`
 * before it, `% 10` at every tenth.
 */
export function compileHitCondition(text: string): Result<(hits: number) => boolean, string> {
  const match = pattern.exec(text);
  const count = Number(match?.[2]);
  if (match === null || !Number.isSafeInteger(count)) {
    return fail(
      `"${text}" is not a hit count: write 5 (the fifth hit), >= 3 (from the third on) or % 10 (every tenth)`,
    );
  }
  switch (match[1]) {
    case ">":
      return ok((hits) => hits > count);
    case ">=":
      return ok((hits) => hits >= count);
    case "<":
      return ok((hits) => hits < count);
    case "<=":
      return ok((hits) => hits <= count);
    case "%":
      return count === 0
        ? fail('"% 0" never happens: write % 10 to stop at every tenth hit')
        : ok((hits) => hits % count === 0);
    default:
      return ok((hits) => hits === count);
  }
}
