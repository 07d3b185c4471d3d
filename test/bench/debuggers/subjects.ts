/** The programs that debuggers are measured on, built with debug information in a folder of their own. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { output } from "../../runtime/object/toolchain.js";

export interface Subject {
  readonly program: string;
  /** As its debug information names it. */
  readonly source: string;
}

export interface Subjects {
  /** A small one: a loop that calls a function. */
  readonly stepped: Subject;
  /** One with much to show. */
  readonly large: Subject;
}

/** So many members, elements, calls deep and lines are in the large one. */
export const sizes = { members: 1_000, elements: 100_000, depth: 1_000, lines: 5_000 } as const;

export function buildSubjects(root: string, folder: string): Subjects {
  const stepped = join(root, "test/bench/debuggers/stepped.c");
  const large = join(folder, "large.c");
  writeFileSync(large, textOfLarge());
  return { stepped: build(stepped, join(folder, "stepped")), large: build(large, join(folder, "large")) };
}

function build(source: string, program: string): Subject {
  output("gcc", ["-g", "-O0", "-static", source, "-o", program]);
  return { program, source };
}

/** `deepest` is called at the end of a recursion; `line_N` are functions of three lines. */
function textOfLarge(): string {
  const members = Array.from({ length: sizes.members }, (_, k) => `  int member_${k};`);
  const functions = Array.from({ length: Math.floor(sizes.lines / 3) }, (_, k) => [
    `int line_${k}(int x) {`,
    `  return x + ${k};`,
    "}",
  ]).flat();
  return `${[
    ...functions,
    "struct wide {",
    ...members,
    "} wide;",
    `int array[${sizes.elements}];`,
    "static volatile int sink;",
    "static void deepest(struct wide *it, int *elements) { sink = it->member_0 + elements[0]; }",
    "static int show(void) {",
    "  struct wide own = wide;",
    `  int elements[${sizes.elements}];`,
    `  for (int k = 0; k < ${sizes.elements}; k++) elements[k] = k;`,
    "  deepest(&own, elements);",
    "  return elements[1];",
    "}",
    "static int dive(int depth) { return depth > 0 ? dive(depth - 1) + 1 : show(); }",
    `int main(void) { return dive(${sizes.depth}) == 0; }`,
  ].join("\n")}\n`;
}
