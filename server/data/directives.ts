/** What the directives do: `name: form: summary`. After the GNU as manual, in our own words. */
const text = `
.align: .align N: fills up to a multiple of N bytes.
.balign: .balign N: fills up to a multiple of N bytes.
.p2align: .p2align N: fills up to a multiple of 2 to the power of N bytes.
.ascii: .ascii "text": places the bytes of the text, without a zero byte behind it.
.asciz: .asciz "text": places the bytes of the text and a zero byte.
.string: .string "text": places the bytes of the text and a zero byte.
.att_syntax: .att_syntax: from here on, AT&T syntax: source first, % before registers, $ before constants.
.intel_syntax: .intel_syntax noprefix: from here on, Intel syntax: destination first, memory in brackets.
.bss: .bss: what follows goes to the section of zeros: variables without a value at the start.
.data: .data: what follows goes to the section of variables.
.text: .text: what follows goes to the section of code.
.section: .section NAME, "FLAGS", @TYPE: what follows goes to the named section.
.pushsection: .pushsection NAME: like .section, and remembers the section before.
.popsection: .popsection: back to the section before .pushsection.
.previous: .previous: back to the section before this one.
.byte: .byte VALUES: places values of 1 byte.
.short: .short VALUES: places values of 2 bytes.
.value: .value VALUES: places values of 2 bytes.
.word: .word VALUES: places values of 2 bytes.
.2byte: .2byte VALUES: places values of 2 bytes.
.int: .int VALUES: places values of 4 bytes.
.long: .long VALUES: places values of 4 bytes.
.4byte: .4byte VALUES: places values of 4 bytes.
.quad: .quad VALUES: places values of 8 bytes.
.8byte: .8byte VALUES: places values of 8 bytes.
.octa: .octa VALUES: places values of 16 bytes.
.float: .float VALUES: places floating-point values of 4 bytes.
.single: .single VALUES: places floating-point values of 4 bytes.
.double: .double VALUES: places floating-point values of 8 bytes.
.zero: .zero N: places N zero bytes.
.skip: .skip N, VALUE: places N bytes of the value (zero by default).
.space: .space N, VALUE: places N bytes of the value (zero by default).
.fill: .fill COUNT, SIZE, VALUE: places the value COUNT times, in SIZE bytes each.
.org: .org N: goes on at offset N of the section.
.globl: .globl NAME: makes a symbol known to other files and to the linker.
.global: .global NAME: makes a symbol known to other files and to the linker.
.local: .local NAME: keeps a symbol to this file.
.weak: .weak NAME: makes a symbol known, but a definition elsewhere wins.
.hidden: .hidden NAME: keeps a global symbol inside this program.
.extern: .extern NAME: says that a symbol is defined elsewhere; has no effect.
.comm: .comm NAME, SIZE, ALIGNMENT: reserves zeros that several files may share.
.lcomm: .lcomm NAME, SIZE: reserves zeros for this file.
.type: .type NAME, @function: says what a symbol is, for linkers and debuggers; @object for data.
.size: .size NAME, . - NAME: says how many bytes belong to a symbol.
.set: .set NAME, VALUE: gives a symbol a value; it may be set again.
.equ: .equ NAME, VALUE: gives a symbol a value; it may be set again.
.equiv: .equiv NAME, VALUE: gives a symbol a value; an error if it has one.
.if: .if VALUE: assembles what follows only if the value is not zero.
.ifdef: .ifdef NAME: assembles what follows only if the symbol is defined.
.ifndef: .ifndef NAME: assembles what follows only if the symbol is not defined.
.else: .else: the other case of .if.
.elseif: .elseif VALUE: another case of .if.
.endif: .endif: ends .if.
.macro: .macro NAME PARAMETERS: begins a macro; \\PARAMETER inserts an argument.
.endm: .endm: ends a macro.
.rept: .rept N: assembles what follows, up to .endr, N times.
.irp: .irp NAME, VALUES: assembles what follows once for each value.
.irpc: .irpc NAME, TEXT: assembles what follows once for each character.
.endr: .endr: ends .rept, .irp and .irpc.
.include: .include "file": assembles another file here.
.end: .end: the rest of the file is not assembled.
.err: .err: reports an error.
.error: .error "text": reports an error.
.warning: .warning "text": reports a warning.
.cfi_startproc: .cfi_startproc: begins a function's unwind information; this debugger does without it.
.cfi_endproc: .cfi_endproc: ends a function's unwind information; this debugger does without it.
.file: .file "name": names the source, for debuggers.
.loc: .loc FILE LINE: names a line of the source, for debuggers.
`;

export interface DirectiveDescription {
  readonly form: string;
  readonly summary: string;
}

const descriptions = new Map<string, DirectiveDescription>();
for (const line of text.split("\n")) {
  const [name, form, ...summary] = line.split(": ");
  if (name !== undefined && form !== undefined && summary.length > 0) {
    descriptions.set(name, { form, summary: summary.join(": ") });
  }
}

/** By name, with the dot. */
export function describeDirective(name: string): DirectiveDescription | undefined {
  return descriptions.get(name);
}

/** Every directive described. */
export function describedDirectives(): readonly string[] {
  return [...descriptions.keys()];
}
