/** The samples as `samples/samples.json` lists them, for tests. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Sample {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** What to debug, in the sample's folder: an assembly source or an executable. */
  readonly program: string;
  /** The source to open, where that is not the program itself. */
  readonly source?: string;
  /** The command that built the executable, see build/samples.mjs. */
  readonly build?: readonly string[];
  /** What the picker copies. */
  readonly files: readonly string[];
  /** As a shell tells it: 139 is an end by SIGSEGV. */
  readonly expectedStatus: number;
  readonly abi?: "systemV" | "windows";
}

const root = new URL("../../samples/", import.meta.url);

export const allSamples: readonly Sample[] = JSON.parse(readFileSync(new URL("samples.json", root), "utf8")).samples;
/** Those in assembly. */
export const samples: readonly Sample[] = allSamples.filter(({ build }) => build === undefined);
/** Those that are executables. */
export const prebuiltSamples: readonly Sample[] = allSamples.filter(({ build }) => build !== undefined);

export function samplePath(sample: Sample, file: string = sample.program): string {
  return fileURLToPath(new URL(`${sample.name}/${file}`, root));
}

export function sampleText(sample: Sample): string {
  return readFileSync(samplePath(sample), "utf8");
}

/** What the program prints, recorded natively. */
export function expectedOutput(sample: Sample): string {
  return readFileSync(samplePath(sample, "expected-output.txt"), "utf8");
}
