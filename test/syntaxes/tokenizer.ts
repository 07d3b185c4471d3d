/** Tokenises assembly as the editor does: with vscode-textmate and the grammar of the extension. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createOnigScanner, createOnigString, loadWASM } from "vscode-oniguruma";
import { type IGrammar, INITIAL, Registry } from "vscode-textmate";

export interface Token {
  readonly text: string;
  /** The innermost scope, without the language's suffix. */
  readonly scope: string;
}

const suffix = ".gas-x86_64";

export async function loadGrammar(): Promise<(text: string) => Token[][]> {
  const wasm = readFileSync(createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm"));
  await loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const path = new URL("../../syntaxes/gas-x86_64.tmLanguage.json", import.meta.url);
  const registry = new Registry({
    onigLib: Promise.resolve({ createOnigScanner, createOnigString }),
    loadGrammar: async () => JSON.parse(readFileSync(path, "utf8")),
  });
  const grammar = await registry.loadGrammar("source.asm.gas.x86_64");
  if (grammar === null) throw new Error("the grammar does not load");
  return (text) => tokenize(grammar, text);
}

/** The tokens of each line, white space left out. */
function tokenize(grammar: IGrammar, text: string): Token[][] {
  let stack = INITIAL;
  return text.split("\n").map((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    return tokens
      .map(({ startIndex, endIndex, scopes }) => ({
        text: line.slice(startIndex, endIndex).trim(),
        scope: (scopes.at(-1) ?? "").replace(suffix, ""),
      }))
      .filter((token) => token.text !== "");
  });
}
