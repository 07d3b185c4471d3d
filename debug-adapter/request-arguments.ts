/**
 * The arguments of requests as they come over the wire, held to the specification (and, for requests of our own, to
 * `protocol.ts`): handlers are given what their types say, and nothing else.
 */
import { fail, ok, type Result } from "../runtime/base/result.js";
import { shapeByRequest, shapes } from "./generated/request-arguments.js";

/** As the generated shapes: the kind of each property by its name; "?" behind a name: it may be absent. */
type Shape = string | Readonly<Record<string, string>>;

/** The requests that are ours. */
const ownShapes: Readonly<Record<string, Shape>> = {
  "greenThreads/list": {
    "start?": "integer",
    "count?": "integer",
    "filter?": "GreenThreadsFilter",
    "shown?": "boolean",
  },
  GreenThreadsFilter: {
    "id?": "integer",
    "state?": '"running" | "ready" | "new"',
    "function?": "string",
    "name?": "string",
    "text?": "string",
  },
  "greenThreads/creation": { threadId: "integer" },
  "greenThreads/annotateMemory": { memoryReference: "string", "offset?": "integer", count: "integer" },
  "greenThreads/focus": { threadId: "integer" },
};

function shapeNamed(name: string): Shape | undefined {
  return Object.hasOwn(shapes, name) ? shapes[name] : Object.hasOwn(ownShapes, name) ? ownShapes[name] : undefined;
}

/**
 * The arguments of a request, without what is null where it may be absent: some clients write that. Fails with a
 * sentence that names the argument that is wrong. What no shape knows is passed on.
 */
export function checkArguments(command: string, given: unknown): Result<object, string> {
  const shape = shapeNamed((Object.hasOwn(shapeByRequest, command) && shapeByRequest[command]) || command);
  if (typeof shape !== "object") return ok(typeof given === "object" && given !== null ? given : {});
  const needsSome = Object.keys(shape).some((name) => !name.endsWith("?"));
  if (given === undefined || given === null) {
    return needsSome ? fail(`The request "${command}" needs arguments.`) : ok({});
  }
  if (kindOf(given) !== "object") {
    return fail(`The arguments of the request "${command}" must be an object, not of type ${kindOf(given)}.`);
  }
  const checked = checkObject(shape, given, "");
  if (checked.ok) return ok(checked.value);
  const { place, problem } = checked.error;
  return fail(
    problem === undefined
      ? `The request "${command}" needs the argument "${place}".`
      : `The argument "${place}" of the request "${command}" must be ${problem}.`,
  );
}

/** Where, such as `breakpoints[2].line`, and what should be there instead; without that, something is missing. */
interface Mistake {
  readonly place: string;
  readonly problem?: string;
}

function checkObject(shape: Readonly<Record<string, string>>, given: object, place: string): Result<object, Mistake> {
  const checked: Record<string, unknown> = { ...given };
  for (const [key, kind] of Object.entries(shape)) {
    const mayBeAbsent = key.endsWith("?");
    const name = mayBeAbsent ? key.slice(0, -1) : key;
    const value: unknown = Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : undefined;
    const within = place === "" ? name : `${place}.${name}`;
    if (value === undefined || (value === null && mayBeAbsent)) {
      if (!mayBeAbsent) return fail({ place: within });
      delete checked[name];
      continue;
    }
    const result = checkValue(kind, value, within);
    if (!result.ok) return result;
    checked[name] = result.value;
  }
  return ok(checked);
}

function checkValue(kind: string, value: unknown, place: string): Result<unknown, Mistake> {
  if (kind === "any") return ok(value);
  if (kind.endsWith("[]")) {
    if (!Array.isArray(value)) return fail(mistake(place, "array", value));
    const list: unknown[] = [];
    for (const [index, element] of value.entries()) {
      const result = checkValue(kind.slice(0, -2), element, `${place}[${index}]`);
      if (!result.ok) return result;
      list.push(result.value);
    }
    return ok(list);
  }
  if (kind.startsWith('"')) {
    const choices = kind.split(" | ");
    return choices.includes(JSON.stringify(value))
      ? ok(value)
      : fail({ place, problem: `${choices.join(" or ")}, not ${JSON.stringify(value)}` });
  }
  const shape = shapeNamed(kind);
  if (typeof shape === "string") return checkValue(shape, value, place);
  if (shape !== undefined) {
    return kindOf(value) === "object"
      ? checkObject(shape, value as object, place)
      : fail(mistake(place, "object", value));
  }
  if (kind === "integer" && Number.isSafeInteger(value)) return ok(value);
  return kindOf(value) === kind ? ok(value) : fail(mistake(place, kind, value));
}

function mistake(place: string, expected: string, value: unknown): Mistake {
  return { place, problem: `of type ${expected}, not ${kindOf(value)}` };
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
}
