/** CMPSS and its kin, COMISS and UCOMISS, on bit patterns. */
import { compare, type Order } from "./arithmetic.js";
import { exceptions, type FloatEnvironment } from "./environment.js";
import { type Format, noteDenormals, unpack } from "./format.js";

/** Compares; a signaling NaN is an invalid operation, and any NaN if `signals`. */
export function order(
  f: Format,
  environment: FloatEnvironment,
  first: bigint,
  second: bigint,
  signals: boolean,
): Order {
  const [a, b] = [unpack(f, first, environment), unpack(f, second, environment)];
  const result = compare(f, a, b);
  if (result !== "unordered") noteDenormals(environment, a, b);
  else if (signals || a.isSignaling || b.isSignaling) environment.raise(exceptions.invalid);
  return result;
}

/**
 * The predicates of CMPPS by number: which orders satisfy them, and whether any NaN is an invalid operation. VCMPPS has
 * those from 8 on, too; the ones from 16 on are the first sixteen with the opposite answer about NaNs.
 */
const predicates: readonly { readonly holds: readonly Order[]; readonly signals: boolean }[] = [
  { holds: ["equal"], signals: false },
  { holds: ["less"], signals: true },
  { holds: ["less", "equal"], signals: true },
  { holds: ["unordered"], signals: false },
  { holds: ["less", "greater", "unordered"], signals: false },
  { holds: ["equal", "greater", "unordered"], signals: true },
  { holds: ["greater", "unordered"], signals: true },
  { holds: ["less", "equal", "greater"], signals: false },
  { holds: ["equal", "unordered"], signals: false },
  { holds: ["less", "unordered"], signals: true },
  { holds: ["less", "equal", "unordered"], signals: true },
  { holds: [], signals: false },
  { holds: ["less", "greater"], signals: false },
  { holds: ["equal", "greater"], signals: true },
  { holds: ["greater"], signals: true },
  { holds: ["less", "equal", "greater", "unordered"], signals: false },
];

export function satisfies(
  f: Format,
  environment: FloatEnvironment,
  first: bigint,
  second: bigint,
  predicate: number,
): boolean {
  const { holds, signals } = predicates[predicate & 15] ?? { holds: [], signals: false };
  return holds.includes(order(f, environment, first, second, signals !== predicate >= 16));
}
