/**
 * What a launch configuration means: where its program is, and what is wrong with it. Knows nothing of VS Code, so that
 * paths of every host can be tested on any.
 */

/** Where relative programs start, and what stands for `${file}`. */
export interface LaunchContext {
  /** The file of the active editor, if it holds assembly: a path, or a URI where it has none. */
  readonly activeFile?: string;
  /** The workspace folder: a path, or a URI where it has none. */
  readonly folder?: string;
}

/** The attributes as a person wrote them: anything can be missing or of another type. */
export type WrittenAttributes = Readonly<Record<string, unknown>>;

/** Whether this is a URI rather than a path. A single letter before the colon is a drive. */
export function isUri(text: string): boolean {
  return /^[a-z][a-z\d+.-]+:/i.test(text);
}

function isAbsolutePath(text: string): boolean {
  return text.startsWith("/") || text.startsWith("\\\\") || /^[a-z]:[\\/]/i.test(text);
}

/** The separator of a path or URI, judged by the path itself. */
function separatorOf(base: string): string {
  return !isUri(base) && (/^[a-z]:/i.test(base) || base.startsWith("\\\\")) && base.includes("\\") ? "\\" : "/";
}

/** `relative` below `base`, either of which may use `/` or `\`; `.` and `..` are resolved. */
function join(base: string, relative: string): string {
  const separator = separatorOf(base);
  const uri = isUri(base);
  // Only Windows reads `\` as a separator; elsewhere it is part of a name, and in a URI it must be escaped.
  const parts = relative.split(separator === "\\" || uri ? /[\\/]/ : "/");
  const root = /^(?:[a-z][a-z\d+.-]+:(?:\/\/[^/]*)?|[a-z]:|\\\\[^\\]*\\[^\\]*|)/i.exec(base)?.[0] ?? "";
  const result = base
    .slice(root.length)
    .split(separator === "\\" ? /[\\/]/ : "/")
    .filter((part) => part !== "");
  for (const part of parts) {
    if (part === "..") result.pop();
    else if (part !== "." && part !== "") result.push(uri ? encodeURIComponent(part) : part);
  }
  return root + separator + result.join(separator);
}

/**
 * Replaces the variables that VS Code would turn into plain paths, where the file or folder has none: a resource of a
 * virtual workspace must keep its URI.
 */
export function substituteUris(text: string, context: LaunchContext): string {
  let result = text;
  if (context.activeFile !== undefined && isUri(context.activeFile)) {
    const file = context.activeFile;
    result = result.replace(/\$\{file\}/g, () => file);
  }
  if (context.folder !== undefined && isUri(context.folder)) {
    const folder = context.folder.replace(/\/$/, "");
    result = result.replace(/\$\{workspaceFolder\}/g, () => folder);
  }
  return result;
}

/** The same in all attributes that are or hold paths. */
export function substituteUrisOfAttributes(attributes: WrittenAttributes, context: LaunchContext): WrittenAttributes {
  return mapPaths(attributes, ["program", "cwd", "debugFileFolders"], (path) => substituteUris(path, context));
}

/**
 * The paths of a configuration as the debug adapter wants them: absolute, or URIs. In `missingBase`, the relative path
 * that there is no base for.
 */
export function resolvePaths(
  attributes: WrittenAttributes,
  context: LaunchContext,
): { readonly resolved: WrittenAttributes } | { readonly missingBase: string } {
  const cwd = typeof attributes.cwd === "string" ? attributes.cwd : undefined;
  let missingBase: string | undefined;
  const resolved = mapPaths(attributes, ["program", "debugFileFolders"], (path) => {
    const absolute = resolvePath(path, cwd, context);
    if (absolute === undefined) missingBase ??= path;
    return absolute ?? path;
  });
  return missingBase === undefined ? { resolved } : { missingBase };
}

/** Applies `change` to the attributes with those names, and to the paths of `stdin` and `folders`. */
function mapPaths(
  attributes: WrittenAttributes,
  names: readonly string[],
  change: (path: string) => string,
): WrittenAttributes {
  const changed = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(changed) : typeof value === "string" ? change(value) : value;
  const changedValues = (record: object): object =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, changed(value)]));
  const result: Record<string, unknown> = { ...attributes };
  for (const name of names) if (name in result) result[name] = changed(result[name]);
  // A `stdin` that is a text is no path.
  for (const name of ["stdin", "folders"]) {
    const value = result[name];
    if (typeof value === "object" && value !== null && !Array.isArray(value)) result[name] = changedValues(value);
  }
  return result;
}

/** A path as the debug adapter wants it: absolute, or a URI. `undefined` when there is no base for it. */
export function resolvePath(program: string, cwd: string | undefined, context: LaunchContext): string | undefined {
  if (isUri(program) || isAbsolutePath(program)) return program;
  const base = cwd ?? context.folder;
  if (base === undefined) return undefined;
  if (isUri(base) || isAbsolutePath(base)) return join(base, program);
  return context.folder === undefined ? undefined : join(join(context.folder, base), program);
}

const isPath = (value: unknown): boolean => typeof value === "string" && value.trim() !== "";

const isTextList = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === "string");

const isTextRecord = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((item) => typeof item === "string");

const isLimits = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(
    ([name, limit]) =>
      (name === "memory" && typeof limit === "number" && limit > 0) ||
      (name === "instructions" && Number.isSafeInteger(limit) && limit > 0),
  );

/** What each attribute must be, in words that complete `"args" must be …`. */
const attributeRules: Readonly<Record<string, { readonly accepts: (value: unknown) => boolean; readonly is: string }>> =
  {
    program: {
      accepts: (value) => isPath(value) || (Array.isArray(value) && value.length > 0 && value.every(isPath)),
      is: `the path of an assembly source, an object or a static ELF executable, for example "\${file}", or a list of sources and objects, for example ["main.s", "work.o"]`,
    },
    args: { accepts: isTextList, is: 'a list of texts, for example ["10", "fast"]' },
    env: { accepts: isTextRecord, is: 'an object of texts, for example { "HOME": "/" }' },
    cwd: { accepts: (value) => typeof value === "string", is: `a folder, for example "\${workspaceFolder}"` },
    stopOnEntry: { accepts: (value) => typeof value === "boolean", is: "true or false" },
    stopAt: {
      accepts: (value) => typeof value === "string" && value.trim() !== "",
      is: 'the name of a function, for example "main"',
    },
    noDebug: { accepts: (value) => typeof value === "boolean", is: "true or false" },
    abi: { accepts: (value) => value === "systemV" || value === "windows", is: '"systemV" or "windows"' },
    threadModel: {
      accepts: (value) => value === "none" || (typeof value === "object" && value !== null && !Array.isArray(value)),
      is: 'an object that says how to walk the program\'s threads, or "none"',
    },
    threadsShown: {
      accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
      is: "a whole number from 1 on, for example 1000",
    },
    stdin: {
      accepts: (value) =>
        typeof value === "string" || (isTextRecord(value) && Object.keys(value as object).join() === "file"),
      is: 'a text, or a file, for example { "file": "input.txt" }',
    },
    sourceMap: {
      accepts: isTextRecord,
      is: `an object of folders by the folders that the compiler saw, for example { "/build": "\${workspaceFolder}" }`,
    },
    limits: {
      accepts: isLimits,
      is: 'an object with one or both of these, for example { "instructions": 1000000000, "memory": 64 } (in MiB)',
    },
    debugFileFolders: {
      accepts: (value) => Array.isArray(value) && value.every(isPath),
      is: 'a list of folders with debug files, for example ["/usr/lib/debug"]',
    },
    folders: {
      accepts: isTextRecord,
      is: `an object of folders by the paths at which the program finds them, for example { "/data": "\${workspaceFolder}/data" }`,
    },
  };

/** The first thing that is wrong, as a sentence with its remedy; `undefined` when the attributes are fine. */
export function checkAttributes(attributes: WrittenAttributes): string | undefined {
  if (attributes.program === undefined) {
    return `The launch configuration has no "program". Add "program": "\${file}" to debug the file in the active editor.`;
  }
  for (const [name, rule] of Object.entries(attributeRules)) {
    const value = attributes[name];
    if (value === undefined || rule.accepts(value)) continue;
    return `"${name}" of the launch configuration must be ${rule.is}; it is ${JSON.stringify(value)}.`;
  }
  return undefined;
}
