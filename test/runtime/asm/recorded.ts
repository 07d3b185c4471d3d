/** What GNU as said of the corpus, for machines without it. Written by record.ts. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { ReadObject } from "./read-elf.js";

export interface Recorded {
  /** The version of GNU as. */
  readonly version: string;
  /** Line to bytes and relocations; null for lines that GNU as rejects. */
  readonly lines: Readonly<Record<"att" | "intel", Readonly<Record<string, string | null>>>>;
  readonly fixtures: Readonly<Record<string, ReadObject>>;
}

export const recordedUrl = new URL("recorded.json.gz", import.meta.url);

export function readRecorded(): Recorded {
  return JSON.parse(gunzipSync(readFileSync(recordedUrl)).toString("utf8"));
}
