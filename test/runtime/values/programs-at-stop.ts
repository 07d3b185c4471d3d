/** Programs of compilers, stopped at the line that says "here". */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { codePlacesOf } from "../../../runtime/base/code-places.js";
import { guestAddress } from "../../../runtime/base/guest-address.js";
import { type Debuggee, loadDebuggee, readExecutable } from "../../../runtime/debuggee.js";
import { output } from "../object/toolchain.js";

const programs = fileURLToPath(new URL("programs/", import.meta.url));

const compilers = {
  c: (path: string, out: string, level: string) => ["gcc", level, "-g", "-static", path, "-o", out],
  cc: (path: string, out: string, level: string) => ["g++", level, "-g", "-static", "-std=c++20", path, "-o", out],
  rs: (path: string, out: string, level: string) => [
    ...["rustc", "-g", "-Ctarget-feature=+crt-static", "-Crelocation-model=static", "-Clink-arg=-fuse-ld=bfd"],
    ...[`-Copt-level=${level.slice(2)}`, path, "-o", out],
  ],
};
export type Language = keyof typeof compilers;

export interface StoppedProgram {
  readonly path: string;
  readonly address: number;
  readonly debuggee: Debuggee;
}

/** Compiles a program (`values.*` by default) into `folder` and runs it to the line. */
export async function stopIn(
  folder: string,
  language: Language,
  level: string,
  name = "values",
): Promise<StoppedProgram> {
  const source = join(programs, `${name}.${language}`);
  const path = join(folder, `${name}-${language}${level}`);
  const [command = "", ...words] = compilers[language](source, path, level);
  output(command, words);
  const image = readExecutable(new Uint8Array(readFileSync(path)));
  if (!image.ok) throw new Error(image.error);
  const line =
    readFileSync(source, "utf8")
      .split("\n")
      .findIndex((text) => /(\/\*|\/\/) here/.test(text)) + 1;
  const places = codePlacesOf(image.value).placesOf(source, line)?.places ?? [];
  const address = Math.min(...places.map((place) => place.address));
  const loaded = loadDebuggee(image.value, {
    arguments: [],
    environment: {},
    abi: "systemV",
    programName: "values",
    observer: { output() {}, note() {}, threadStarted() {}, threadExited() {} },
  });
  if (!loaded.ok) throw new Error(loaded.error);
  const stop = await loaded.value.run({ kind: "continue", until: [guestAddress(BigInt(address))] });
  if (stop.kind !== "arrived") throw new Error(`the program stopped with ${stop.kind}`);
  return { path, address, debuggee: loaded.value };
}
