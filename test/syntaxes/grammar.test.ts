import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { mnemonicNames } from "../../runtime/asm/analysis.js";
import { guestLibrary } from "../../runtime/guest/library.js";
import { allSamples, samples, sampleText } from "../samples/sample-list.js";
import { loadGrammar, type Token } from "./tokenizer.js";

let tokenize: (text: string) => Token[][];
beforeAll(async () => {
  tokenize = await loadGrammar();
});

/** `scope text` of each token of a line, punctuation left out. */
function describeLine(line: string): string[] {
  return (tokenize(line)[0] ?? [])
    .filter(({ scope }) => !scope.startsWith("punctuation"))
    .map(({ scope, text }) => `${scope} ${text}`);
}

test.each<[string, string[]]>([
  ["# a comment; mov", ["comment.line.number-sign a comment; mov"]],
  ["main:", ["entity.name.function.label main"]],
  [".Lnext:", ["entity.name.label.local .Lnext"]],
  ["1:  jmp 1b", ["entity.name.label.numeric 1", "keyword.control.flow jmp", "entity.name.label.numeric 1b"]],
  ["  ret # back", ["keyword.control.flow ret", "comment.line.number-sign back"]],
  ["  call gt_yield", ["keyword.control.flow call", "entity.name.function gt_yield"]],
  ["  call puts@PLT", ["keyword.control.flow call", "entity.name.function puts", "support.constant.relocation PLT"]],
  ["  jne .Lnext", ["keyword.control.flow jne", "entity.name.label.local .Lnext"]],
  ["  jmp *%rbx", ["keyword.control.flow jmp", "keyword.operator.indirect *", "variable.language.register rbx"]],
  [
    "  mov $0x22, %r10d",
    ["support.function.mnemonic.data mov", "constant.numeric.hexadecimal 0x22", "variable.language.register r10d"],
  ],
  [
    "  add $-16, 8(%rsi,%rdi,8)",
    [
      "keyword.mnemonic.arithmetic add",
      "keyword.operator.arithmetic -",
      "constant.numeric.decimal 16",
      "constant.numeric.decimal 8",
      "variable.language.register rsi",
      "variable.language.register rdi",
      "constant.numeric.decimal 8",
    ],
  ],
  [
    "  movups %xmm6, SAVED+0x10(%rip)",
    [
      "support.function.mnemonic.simd movups",
      "variable.language.register xmm6",
      "variable.other.symbol SAVED",
      "keyword.operator.arithmetic +",
      "constant.numeric.hexadecimal 0x10",
      "variable.language.register rip",
    ],
  ],
  ["  rep stosq", ["keyword.other.prefix rep", "support.function.mnemonic.data stosq"]],
  [
    "  lock xadd %rax, (%rdi)",
    [
      "keyword.other.prefix lock",
      "support.function.mnemonic.data xadd",
      "variable.language.register rax",
      "variable.language.register rdi",
    ],
  ],
  [
    "  mov rax, qword ptr gs:[rcx + 8*rdx - 010h]",
    [
      "support.function.mnemonic.data mov",
      "variable.language.register rax",
      "storage.type.operand-size qword ptr",
      "variable.language.register gs",
      "variable.language.register rcx",
      "keyword.operator.arithmetic +",
      "constant.numeric.decimal 8",
      "keyword.operator.arithmetic *",
      "variable.language.register rdx",
      "keyword.operator.arithmetic -",
      "constant.numeric.hexadecimal 010h",
    ],
  ],
  [
    "  mov edi, offset message",
    [
      "support.function.mnemonic.data mov",
      "variable.language.register edi",
      "keyword.operator.word offset",
      "variable.other.symbol message",
    ],
  ],
  [
    "  mov $'#', %al",
    [
      "support.function.mnemonic.data mov",
      "string.quoted.single '",
      "string.quoted.single #",
      "string.quoted.single '",
      "variable.language.register al",
    ],
  ],
  [
    'text: .string "a # b\\n" # c',
    [
      "entity.name.function.label text",
      "storage.type.directive.data .string",
      "string.quoted.double a # b",
      "constant.character.escape \\n",
      "comment.line.number-sign c",
    ],
  ],
  [
    "  .type main, @function",
    ["keyword.other.directive.symbol .type", "entity.name.function main", "support.constant.symbol-type @function"],
  ],
  [
    "  .size main, . - main",
    [
      "keyword.other.directive.symbol .size",
      "entity.name.function main",
      "variable.language.location .",
      "keyword.operator.arithmetic -",
      "entity.name.function main",
    ],
  ],
  [
    "  .set READY, 2",
    ["keyword.other.directive.symbol .set", "variable.other.constant READY", "constant.numeric.decimal 2"],
  ],
  ["READY = 2", ["variable.other.constant READY", "keyword.operator.assignment =", "constant.numeric.decimal 2"]],
  ["  .section .rodata", ["keyword.other.directive.section .section", "entity.name.section .rodata"]],
  [
    "  .macro save reg, at=0",
    [
      "keyword.control.directive.macro .macro",
      "entity.name.function.macro save",
      "variable.parameter reg",
      "variable.parameter at",
      "keyword.operator.assignment =",
      "constant.numeric.decimal 0",
    ],
  ],
  ["  push \\reg", ["support.function.mnemonic.data push", "variable.parameter \\reg"]],
  ["  save %rbx", ["entity.name.function.macro save", "variable.language.register rbx"]],
  ["  .cfi_startproc", ["keyword.other.directive .cfi_startproc"]],
  ["  nop; ret", ["support.function.mnemonic.system nop", "keyword.control.flow ret"]],
  [
    "  xor %eax, %eax /* zero */",
    [
      "keyword.mnemonic.arithmetic xor",
      "variable.language.register eax",
      "variable.language.register eax",
      "comment.block zero",
    ],
  ],
  ['#include "x.h"', ["keyword.control.preprocessor #include", "string.quoted.double x.h"]],
  ["# include the guard", ["comment.line.number-sign include the guard"]],
])("%s", (line, expected) => {
  expect(describeLine(line)).toEqual(expected);
});

test("block comments span lines", () => {
  const lines = tokenize("/* one\n  mov two */ ret");
  expect(lines[1]?.map(({ scope }) => scope)).toEqual([
    "comment.block",
    "punctuation.definition.comment",
    "keyword.control.flow",
  ]);
});

test("every mnemonic of the assembler is known to the grammar", () => {
  const unknown = mnemonicNames().filter(
    (name) =>
      !tokenize(`  ${name} %rax`)[0]?.some(({ text, scope }) => text === name && /mnemonic|flow|prefix/.test(scope)),
  );
  expect(unknown).toEqual([]);
});

describe("no word of the samples and the guest library is left without a scope", () => {
  const sources = [
    ...samples.map((sample) => [sample.name, sampleText(sample)] as const),
    ...guestLibrary.map(({ path, text }) => [path, text] as const),
  ];
  test.each(sources)("%s", (_, text) => {
    const lines = tokenize(text);
    for (const [index, line] of lines.entries()) {
      for (const token of line) {
        expect(token.scope, `line ${index + 1}: ${token.text}`).not.toMatch(/^(source|meta)\b|function\.macro|invalid/);
      }
    }
    expect(lines.flat().some(({ scope }) => scope === "keyword.control.flow")).toBe(true);
  });
  test("all samples are listed", () => {
    const folders = readdirSync(new URL("../../samples/", import.meta.url), { withFileTypes: true });
    const names = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(allSamples.map(({ name }) => name).sort()).toEqual(names.sort());
  });
});

test("the language configuration's patterns are regular expressions", () => {
  const configuration = JSON.parse(readFileSync(new URL("../../language-configuration.json", import.meta.url), "utf8"));
  const word = new RegExp(configuration.wordPattern, "g");
  expect("mov %rax, .Lnext+8(%rip) # $1".match(word)).toEqual(["mov", "%rax", ".Lnext", "8", "%rip", "1"]);
  expect("1:".match(word)).toEqual(["1"]);
  const increase = new RegExp(configuration.indentationRules.increaseIndentPattern);
  expect(increase.test("main:")).toBe(true);
  expect(increase.test("  mov %rax, %rbx")).toBe(false);
});
