/** The samples of this repository, to know what the window should show. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./browser.js";

/** The text of a sample's program. */
export function sampleText(name: string): string {
  return readFileSync(join(root, "samples", name, `${name}.s`), "utf8");
}

/** The title of a sample in the picker. */
export function sampleTitle(name: string): string {
  const list: { samples: { name: string; title: string }[] } = JSON.parse(
    readFileSync(join(root, "samples", "samples.json"), "utf8"),
  );
  const sample = list.samples.find((each) => each.name === name);
  if (!sample) throw new Error(`there is no sample ${name}`);
  return sample.title;
}

/** The number (from 1) of the first line that matches. */
export function lineOf(text: string, pattern: RegExp): number {
  const index = text.split("\n").findIndex((line) => pattern.test(line));
  if (index < 0) throw new Error(`no line matches ${pattern}`);
  return index + 1;
}
