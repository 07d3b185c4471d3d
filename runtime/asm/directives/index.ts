/** All directives by name. */
import type { DirectiveHandler } from "./arguments.js";
import { controlDirectives } from "./control.js";
import { dataDirectives } from "./data.js";
import { lineDirectives } from "./lines.js";
import { sectionDirectives } from "./sections.js";
import { spaceDirectives } from "./space.js";
import { symbolDirectives } from "./symbols.js";

/** Accepted, and without effect on the program: listings, line tables and unwind tables are not made. */
const silent = (
  ".file .loc_mark_labels .line .ln .appfile .cfi_startproc .cfi_endproc .cfi_sections .cfi_personality " +
  ".cfi_lsda .cfi_def_cfa .cfi_def_cfa_register .cfi_def_cfa_offset .cfi_adjust_cfa_offset .cfi_offset " +
  ".cfi_val_offset .cfi_rel_offset .cfi_register .cfi_restore .cfi_undefined .cfi_same_value .cfi_remember_state " +
  ".cfi_restore_state .cfi_return_column .cfi_signal_frame .cfi_window_save .cfi_escape .title .sbttl .psize .list " +
  ".nolist .eject .code64 .arch .intel_syntax .att_syntax .addrsig .addrsig_sym .intel_mnemonic .att_mnemonic " +
  ".allow_index_reg .disallow_index_reg .optim .nooptim"
).split(" ");

const directives = new Map<string, DirectiveHandler>([
  ...Object.entries(dataDirectives),
  ...Object.entries(spaceDirectives),
  ...Object.entries(sectionDirectives),
  ...Object.entries(symbolDirectives),
  ...Object.entries(controlDirectives),
  ...Object.entries(lineDirectives),
  ...silent.map((name): [string, DirectiveHandler] => [name, () => undefined]),
  ...[".code16", ".code32"].map((name): [string, DirectiveHandler] => [
    name,
    (assembly, statement) =>
      assembly.report("error", statement.range, `\`${name}\` is not supported: programs here are 64-bit.`),
  ]),
]);

/** The handler of a directive (with its dot, lower case). */
export function findDirective(name: string): DirectiveHandler | undefined {
  return directives.get(name);
}

/** Every directive's name. */
export function directiveNames(): Iterable<string> {
  return directives.keys();
}
