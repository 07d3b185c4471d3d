/**
 * Sources that debug information names and that are not on the user's machine, such as those of a standard library: a
 * client that is led there shows an error, or in a listing something that stood elsewhere.
 */
import type { Program } from "./program.js";
import type { Session } from "./session.js";

const known = new WeakMap<Program, Map<number, boolean>>();

/** Does something once it is known which of the sources, by their indices, there are; at once if it is known already. */
export function withSourcesKnown<Result>(
  session: Session,
  program: Program,
  indices: Iterable<number | undefined>,
  then: (isAbsent: (index: number) => boolean) => Result,
): Result | Promise<Result> {
  const all = known.get(program) ?? new Map<number, boolean>();
  known.set(program, all);
  const isAbsent = (index: number) => all.get(index) === false;
  const unknown = new Set([...indices].filter((index) => index !== undefined && !all.has(index)) as number[]);
  if (unknown.size === 0) return then(isAbsent);
  const looks = [...unknown].map(async (index) => {
    const source = program.source(index);
    const exists = source === undefined || source.isLibrary || (await session.files.exists(source.path));
    all.set(index, exists);
  });
  return Promise.all(looks).then(() => then(isAbsent));
}
