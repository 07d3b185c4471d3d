/**
 * Debug information in a file of its own, beside or far from the executable that it was taken from: `.gnu_debuglink` has
 * its name and checksum, the build id is in both (GDB manual, "Debugging Information in Separate Files").
 */
import { ObjectFile } from "./object-file.js";

/** What an executable tells of the file that has its debug information. */
export interface DebugFileReference {
  /** In hexadecimal digits; at least two. */
  readonly buildId?: string;
  /** A plain name. */
  readonly name?: string;
  readonly checksum?: number;
}

/** Undefined for a file that has its debug information in itself, or tells of no other. */
export function debugFileReference(executable: Uint8Array): DebugFileReference | undefined {
  const object = new ObjectFile(executable);
  if (object.hasSection(".debug_info") || object.hasSection(".zdebug_info")) return undefined;
  const { buildId, debugLink } = object;
  // Names with folders in them are not written by any tool, and would lead anywhere.
  const isPlain = debugLink !== undefined && debugLink.name !== "" && !/[\\/]/.test(debugLink.name);
  const reference = {
    ...(buildId !== undefined && buildId.length > 2 && { buildId }),
    ...(isPlain && { name: debugLink.name, checksum: debugLink.checksum }),
  };
  return Object.keys(reference).length === 0 ? undefined : reference;
}

/** The file is the one that the reference means: of the same build, and not of an earlier or later one. */
export function isDebugFileOf({ buildId, checksum }: DebugFileReference, file: Uint8Array): boolean {
  const theirs = new ObjectFile(file).buildId;
  if (buildId !== undefined && theirs !== undefined) return buildId === theirs;
  return checksum !== undefined && checksumOf(file) === checksum;
}

let table: Uint32Array | undefined;

/** CRC-32 (ISO-HDLC), as `.gnu_debuglink` has it. */
export function checksumOf(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ 0xedb88320;
    return value;
  });
  let sum = 0xffff_ffff;
  for (const byte of bytes) sum = (sum >>> 8) ^ (table[(sum ^ byte) & 0xff] ?? 0);
  return ~sum >>> 0;
}
