/** Checks the attributes of a launch request: people write them by hand. */
import type { LaunchAttributes } from "./protocol.js";
import { RequestError } from "./request-error.js";

interface AttributeRule {
  readonly isRight: (value: unknown) => boolean;
  readonly remedy: string;
}

const isText = (value: unknown) => typeof value === "string";
const isPath = (value: unknown) => typeof value === "string" && value.trim() !== "";
const isSwitch = (value: unknown) => typeof value === "boolean";

const isTextRecord = (value: unknown) =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(isText);

const isLimits = (value: unknown) =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(
    ([name, limit]) =>
      (name === "memory" && typeof limit === "number" && limit > 0) ||
      (name === "instructions" && Number.isSafeInteger(limit) && limit > 0),
  );

const rules: Readonly<Record<keyof LaunchAttributes, AttributeRule>> = {
  program: {
    isRight: (value) => isPath(value) || (Array.isArray(value) && value.length > 0 && value.every(isPath)),
    remedy:
      'the path of an assembly file (.s), an object (.o) or a static ELF executable, such as "${file}", or a list of ' +
      'sources and objects, such as ["main.s", "work.o"]',
  },
  args: {
    isRight: (value) => Array.isArray(value) && value.every(isText),
    remedy: 'a list of strings, such as ["one", "two"]',
  },
  env: {
    isRight: isTextRecord,
    remedy: 'an object of strings, such as { "NAME": "value" }',
  },
  cwd: { isRight: isText, remedy: "the path of a folder" },
  stopOnEntry: { isRight: isSwitch, remedy: "true or false, without quotes" },
  stopAt: {
    isRight: (value) => isText(value) && value.trim() !== "",
    remedy: 'the name of a function, such as "main"',
  },
  noDebug: { isRight: isSwitch, remedy: "true or false, without quotes" },
  abi: { isRight: (value) => value === "systemV" || value === "windows", remedy: '"systemV" or "windows"' },
  threadModel: {
    isRight: (value) => value === "none" || (typeof value === "object" && value !== null && !Array.isArray(value)),
    remedy: 'an object that says how to walk the program\'s threads, or "none"',
  },
  threadsShown: {
    isRight: (value) => typeof value === "number" && Number.isInteger(value) && value >= 1,
    remedy: "a whole number from 1 on, without quotes",
  },
  stdin: {
    isRight: (value) => isText(value) || (isTextRecord(value) && Object.keys(value as object).join() === "file"),
    remedy: 'a text, or a file such as { "file": "input.txt" }',
  },
  sourceMap: {
    isRight: isTextRecord,
    remedy: 'an object of folders by the folders that the compiler saw, such as { "/build": "src" }',
  },
  limits: {
    isRight: isLimits,
    remedy: 'an object with one or both of these, such as { "instructions": 1000000000, "memory": 64 } (in MiB)',
  },
  debugFileFolders: {
    isRight: (value) => Array.isArray(value) && value.every(isPath),
    remedy: 'a list of folders with debug files, such as ["/usr/lib/debug"]',
  },
  folders: {
    isRight: isTextRecord,
    remedy: 'an object of folders by the paths at which the program finds them, such as { "/data": "data" }',
  },
};

/** The files of the program; the first one gives it its name. */
export function programFiles({ program }: LaunchAttributes): readonly [string, ...string[]] {
  const [first = "", ...others] = Array.isArray(program) ? program : [program];
  return [first, ...others];
}

/** The attributes as they are when they are right; a `RequestError` that names the first wrong one when not. */
export function checkLaunchAttributes(given: unknown): LaunchAttributes {
  const attributes = typeof given === "object" && given !== null ? (given as Record<string, unknown>) : {};
  if (attributes.program === undefined || attributes.program === null) {
    throw new RequestError(`The launch configuration has no "program". Add one: ${rules.program.remedy}.`, true);
  }
  const checked: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = attributes[name];
    if (value === undefined || value === null) continue;
    if (!rule.isRight(value)) {
      throw new RequestError(
        `The attribute "${name}" of the launch configuration must be ${rule.remedy}, not ${JSON.stringify(value)}.`,
        true,
      );
    }
    checked[name] = value;
  }
  // `program` is there, and every attribute has passed its rule.
  return checked as unknown as LaunchAttributes;
}

/** How many threads the client is shown: with all of very many, it would not answer its user any more. */
export function threadsShown(attributes: LaunchAttributes): number {
  return attributes.threadsShown ?? 1000;
}
