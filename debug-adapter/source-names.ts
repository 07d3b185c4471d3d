/** Names of sources as they go over the wire: as file system paths or as URIs, as the client wishes. */

import type { SourcePath } from "../runtime/base/source.js";
import { filePathOf, isUri } from "../runtime/base/source-path.js";

/** A path or URI in the form that the client reads. URIs that name no file stay URIs in either. */
export function toClientPath(path: SourcePath, format: "path" | "uri"): string {
  if (format === "uri") return isUri(path) ? path : fileUriOf(path);
  return filePathOf(path) ?? path;
}

/** The `file:` URI of a path of any host (RFC 8089). */
function fileUriOf(path: SourcePath): string {
  const isWindows = /^([A-Za-z]:|[\\/]{2})/.test(path);
  const encoded = (isWindows ? path.replaceAll("\\", "/") : path).split("/").map(encodeURIComponent).join("/");
  if (encoded.startsWith("//")) return `file:${encoded}`;
  return encoded.startsWith("/") ? `file://${encoded}` : `file:///${encoded}`;
}
