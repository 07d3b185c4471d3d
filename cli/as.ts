import { readFileSync, writeFileSync } from "node:fs";
import { assemble } from "../runtime/asm/assembler.js";
import { writeElfObject } from "../runtime/asm/elf-object.js";
import { directoryName, joinPath } from "../runtime/base/source-path.js";
import type { Command } from "./command.js";

export const assembleCommand: Command = {
  name: "as",
  synopsis: "as [OPTIONS] IN -o OUT",
  summary: "Assemble a source into an ELF object, as GNU as does.",
  details:
    "Assembles IN (GNU as syntax, AT&T or Intel) into the relocatable ELF object OUT, which GNU ld links. A name that ends in .S goes through the C preprocessor first, which takes -D NAME[=VALUE] and -I FOLDER.",
  async run(words) {
    const names: string[] = [];
    const defines: string[] = [];
    const includeFolders: string[] = [];
    let output: string | undefined;
    for (let index = 0; index < words.length; index++) {
      const word = words[index] ?? "";
      if (word === "-o") {
        output = words[++index];
        if (output === undefined) return { usageError: "the file behind -o is missing" };
      } else if (/^-[DI]/.test(word)) {
        const value = word.slice(2) || words[++index];
        if (value === undefined) return { usageError: `what ${word} is for is missing behind it` };
        (word.startsWith("-D") ? defines : includeFolders).push(value);
      } else if (word.startsWith("-") && word !== "-") return { usageError: `there is no option "${word}"` };
      else names.push(word);
    }
    const [input, ...others] = names;
    if (input === undefined) return { usageError: "the source to assemble is missing" };
    if (others.length > 0) return { usageError: `one source at a time: "${others[0]}" is one too many` };
    if (output === undefined) return { usageError: "the object to write is missing: say -o OUT" };

    let text: string;
    try {
      text = readFileSync(input === "-" ? 0 : input, "utf8");
    } catch (error) {
      process.stderr.write(`green-threads: ${input} cannot be read: ${reasonOf(error)}\n`);
      return 1;
    }
    const { object, diagnostics } = assemble(
      { path: input, text },
      { readInclude, preprocess: { defines, includeFolders } },
    );
    for (const { severity, span, message } of diagnostics) {
      process.stderr.write(`${span.path}:${span.line}:${span.column}: ${severity}: ${message}\n`);
    }
    if (object === undefined) return 1;
    try {
      writeFileSync(output, writeElfObject(object));
    } catch (error) {
      process.stderr.write(`green-threads: ${output} cannot be written: ${reasonOf(error)}\n`);
      return 1;
    }
    return 0;
  },
};

function readInclude(target: string, from: string) {
  const path = joinPath(directoryName(from), target);
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
