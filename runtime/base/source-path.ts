/**
 * The paths of every host, as text: POSIX paths, Windows paths (drive letters and UNC, with either slash), and URIs
 * (`file:`, `vscode-vfs:`, …). Nothing here asks the host it runs on: a path says itself what it is.
 */
import type { SourcePath } from "./source.js";

/** A path taken apart. `root` + `segments` joined by `separator` is the path again, with `.` and `..` resolved. */
interface ParsedPath {
  readonly kind: "posix" | "windows" | "relative" | "uri";
  /** What no `..` climbs out of: `/`, `C:\`, `\\server\share\`, `vscode-vfs://github/`, or nothing. */
  readonly root: string;
  /** Plain names: those of URIs are decoded. */
  readonly segments: readonly string[];
  readonly separator: "/" | "\\";
  /** URIs only: `?query`. It is part of what the URI names; the fragment is not. */
  readonly query: string;
}

const drivePattern = /^([A-Za-z]):(?=[\\/]|$)/;
// One letter before the colon is a drive.
const uriPattern = /^([A-Za-z][A-Za-z0-9+.-]+):(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(?:#.*)?$/s;

/** Whether `path` is a URI: a scheme of two letters or more and a colon. */
export function isUri(path: SourcePath): boolean {
  return uriPattern.test(path);
}

/** Whether `path` names a place without knowing the current directory: `/a`, `C:\a`, `\\server\share\a`, any URI. */
export function isAbsolutePath(path: SourcePath): boolean {
  return parsePath(path).kind !== "relative";
}

/** The last name in `path`, decoded; empty for a root. */
export function baseName(path: SourcePath): string {
  return parsePath(path).segments.at(-1) ?? "";
}

/** The directory that holds `path`, in the same style; `.` for a lone name, the root for the root. */
export function directoryName(path: SourcePath): SourcePath {
  const parsed = parsePath(path);
  return formatPath({ ...parsed, segments: parsed.segments.slice(0, -1), query: "" });
}

/**
 * `relative` seen from the directory `base`, in the style of `base`. An absolute `relative` wins, except that `/a/b`
 * stays within the file system of a URI.
 */
export function joinPath(base: SourcePath, relative: string): SourcePath {
  const from = parsePath(base);
  const to = parsePath(relative);
  switch (to.kind) {
    case "uri":
    case "windows":
      return relative;
    case "posix":
      return from.kind === "uri" ? formatPath({ ...from, segments: to.segments, query: "" }) : relative;
    case "relative": {
      const isWindows = from.kind === "windows" || drivePattern.test(from.segments[0] ?? "");
      const separators = isWindows || from.kind === "relative" ? /[\\/]/ : /\//;
      const segments = resolveDots([...from.segments, ...relative.split(separators)], from.root !== "");
      return formatPath({ ...from, segments, query: "" });
    }
  }
}

/**
 * The path of the file that a `file:` URI names: `/a/b.s`, `c:\a\b.s` or `\\server\share\b.s`. A path is returned as it
 * is; undefined for other URIs, which name no file of the host.
 */
export function filePathOf(path: SourcePath): string | undefined {
  if (!isUri(path)) return path;
  const local = fromFileUri(path);
  return local && formatPath(local);
}

/**
 * A key that is equal for two names of the same file: `c:\A\b.s`, `C:/A/b.s` and `file:///c%3A/A/b.s` have one key.
 * Windows paths compare without regard to case, as Windows does. Not for display.
 */
export function pathKey(path: SourcePath): string {
  const parsed = fromFileUri(path) ?? parsePath(path);
  const root = parsed.root.replaceAll("\\", "/");
  const key = root + parsed.segments.join("/") + parsed.query;
  return (parsed.kind === "windows" ? key.toLowerCase() : key).normalize("NFC");
}

function parsePath(path: SourcePath): ParsedPath {
  const uri = uriPattern.exec(path);
  if (uri) return parseUri(uri);
  const separator = path.includes("\\") ? "\\" : "/";
  const drive = drivePattern.exec(path);
  if (drive) {
    const segments = resolveDots(path.slice(2).split(/[\\/]/), true);
    return { kind: "windows", root: `${path.slice(0, 2)}${separator}`, segments, separator, query: "" };
  }
  if (/^(\\\\|\/\/)[^\\/]+[\\/]+[^\\/]/.test(path)) {
    const [server = "", share = "", ...rest] = path.slice(2).split(/[\\/]+/);
    const root = separator + separator + server + separator + share + separator;
    return { kind: "windows", root, segments: resolveDots(rest, true), separator, query: "" };
  }
  if (path.startsWith("/")) {
    return { kind: "posix", root: "/", segments: resolveDots(path.split("/"), true), separator: "/", query: "" };
  }
  return { kind: "relative", root: "", segments: resolveDots(path.split(/[\\/]/), false), separator, query: "" };
}

function parseUri([, scheme = "", authority, uriPath = "", query = ""]: readonly (string | undefined)[]): ParsedPath {
  const slash = uriPath.startsWith("/") ? "/" : "";
  const host = authority === undefined ? "" : `//${authority.toLowerCase()}`;
  return {
    kind: "uri",
    root: `${scheme.toLowerCase()}:${host}${slash}`,
    segments: resolveDots(uriPath.split("/").map(decode), true),
    separator: "/",
    query,
  };
}

/** The local path inside a `file:` URI. */
function fromFileUri(path: SourcePath): ParsedPath | undefined {
  const uri = uriPattern.exec(path);
  if (uri?.[1]?.toLowerCase() !== "file") return undefined;
  const { segments } = parseUri(uri);
  const host = uri[2] ?? "";
  const first = segments[0] ?? "";
  if (host !== "" && host.toLowerCase() !== "localhost") {
    return parsePath(`\\\\${decode(host)}\\${segments.join("\\")}`);
  }
  if (drivePattern.test(first)) return parsePath(`${first}\\${segments.slice(1).join("\\")}`);
  return { kind: "posix", root: "/", segments, separator: "/", query: "" };
}

function formatPath({ kind, root, segments, separator, query }: ParsedPath): SourcePath {
  if (kind === "uri") return root + segments.map(encode).join("/") + query;
  const text = root + segments.join(separator);
  return text === "" ? "." : text;
}

function resolveDots(segments: readonly string[], isRooted: boolean): string[] {
  const resolved: string[] = [];
  for (const segment of segments) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") resolved.push(segment);
    else if (resolved.length > 0 && resolved.at(-1) !== "..") resolved.pop();
    else if (!isRooted) resolved.push(segment);
  }
  return resolved;
}

/** Percent-decodes a name of a URI; one that is not well encoded stays as it is. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Encodes as editors do: the colon of a drive too. */
function encode(segment: string): string {
  return encodeURIComponent(segment);
}
