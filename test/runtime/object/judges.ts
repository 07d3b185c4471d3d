/** What binutils and gdb say about the lines and functions of a program. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { output } from "./toolchain.js";

/** A row of a line table, as readelf decodes it. */
export interface JudgedRow {
  readonly file: string;
  /** Zero where the code comes from no line; undefined for the row that ends a sequence. */
  readonly line: number | undefined;
  readonly address: number;
  readonly isStatement: boolean;
}

/** All rows of all line tables, in the order of the file. */
export function readelfRows(path: string): JudgedRow[] {
  const rows: JudgedRow[] = [];
  for (const text of output("readelf", ["--debug-dump=decodedline", "--wide", path]).split("\n")) {
    const row = /^(\S.*?) +(\d+|-) +(0x[0-9a-f]+|0)(?:\[\d+\])?(?: +(\d+))?(?: +(x))?(?: +END)?$/.exec(text.trimEnd());
    if (!row) continue;
    const isEnd = row[2] === "-" || text.endsWith("END");
    rows.push({
      file: (row[1] ?? "").replace(/^.*\//, ""),
      line: isEnd ? undefined : Number(row[2]),
      address: Number(row[3]),
      isStatement: row[5] === "x",
    });
  }
  return rows;
}

/** The addresses of instructions in functions of these names, or in all of `.text`; at most `limit`, evenly taken. */
export function instructionAddresses(path: string, limit: number, ...functions: readonly string[]): number[] {
  const only = functions.length === 0 ? ["-d", "-j", ".text"] : functions.map((name) => `--disassemble=${name}`);
  const dumps = only.length === 0 ? [] : functions.length === 0 ? [only] : only.map((option) => [option]);
  const addresses = dumps
    .flatMap((options) => output("objdump", [...options, "--no-show-raw-insn", path]).split("\n"))
    .flatMap((line) => /^ +([0-9a-f]+):\t/.exec(line)?.[1] ?? [])
    .map((address) => Number.parseInt(address, 16));
  const step = Math.max(1, Math.floor(addresses.length / limit));
  return addresses.filter((_, index) => index % step === 0);
}

/** The places of the frames at each address, innermost first, as `file:line`; 0 where addr2line does not know the line. */
export function addr2linePlaces(path: string, addresses: readonly number[]): string[][] {
  const input = addresses.map((address) => `0x${address.toString(16)}\n`).join("");
  const places: string[][] = [];
  for (const line of output("addr2line", ["-a", "-i", "-e", path], input).split("\n")) {
    if (line.startsWith("0x")) places.push([]);
    else if (line !== "")
      places.at(-1)?.push(
        line
          .replace(/ \(discriminator \d+\)$/, "")
          .replace(/^.*\//, "")
          .replace(":?", ":0"),
      );
  }
  return places;
}

const chainScript = `
import gdb
def chains(path):
    for line in open(path):
        block = gdb.block_for_pc(int(line))
        names = []
        while block is not None:
            if block.function is not None: names.append(block.function.linkage_name)
            block = block.superblock
        print("chain: " + "\\t".join(names))
`;

/** The functions that each address lies in, innermost first, as gdb names them for the linker. */
export function gdbChains(path: string, folder: string, addresses: readonly number[]): string[][] {
  const [script, list] = [join(folder, "chains.py"), join(folder, "addresses")];
  writeFileSync(script, chainScript);
  writeFileSync(list, addresses.join("\n"));
  return gdb(path, `source ${script}`, `python chains("${list}")`)
    .split("\n")
    .filter((line) => line.startsWith("chain: "))
    .map((line) =>
      line
        .slice("chain: ".length)
        .split("\t")
        .filter((name) => name !== ""),
    );
}

/** What gdb prints for commands about a program that does not run. */
export function gdb(path: string, ...commands: readonly string[]): string {
  return output("gdb", ["-nx", "-batch", ...commands.flatMap((command) => ["-ex", command]), path]);
}
