// Reads the table of contents of a ZIP file (APPNOTE.TXT 4.3.12 and 4.3.16; no ZIP64).
import { readFileSync } from "node:fs";

const endOfCentralDirectory = 0x06054b50;
const centralFileHeader = 0x02014b50;

/**
 * @param {string} path
 * @returns {{ name: string, size: number, compressedSize: number }[]} sizes in bytes
 */
export function listZip(path) {
  const bytes = readFileSync(path);
  let end = bytes.length - 22;
  while (end >= 0 && bytes.readUInt32LE(end) !== endOfCentralDirectory) end--;
  if (end < 0) throw new Error(`${path} is not a ZIP file`);
  const entries = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    if (bytes.readUInt32LE(at) !== centralFileHeader) throw new Error(`${path}: the central directory is damaged`);
    const nameLength = bytes.readUInt16LE(at + 28);
    entries.push({
      name: bytes.toString("utf8", at + 46, at + 46 + nameLength),
      compressedSize: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
    });
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}
