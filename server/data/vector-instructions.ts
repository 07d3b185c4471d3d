/** What the x87, SSE and AVX instructions do, one line for each; families are written once and spelled out. */

const floats: Readonly<Record<string, string>> = {
  ps: "packed singles",
  pd: "packed doubles",
  ss: "the lowest single",
  sd: "the lowest double",
};
const integers: Readonly<Record<string, string>> = { b: "bytes", w: "words", d: "doublewords", q: "quadwords" };

/** `%` stands for the elements; the second column says which suffixes the family has. */
const families: readonly [base: string, suffixes: string, summary: string][] = [
  ["add", "ps pd ss sd", "Adds %."],
  ["sub", "ps pd ss sd", "Subtracts %."],
  ["mul", "ps pd ss sd", "Multiplies %."],
  ["div", "ps pd ss sd", "Divides %."],
  ["sqrt", "ps pd ss sd", "Takes square roots of %."],
  ["min", "ps pd ss sd", "Takes the smaller: %, pair by pair."],
  ["max", "ps pd ss sd", "Takes the larger: %, pair by pair."],
  ["cmp", "ps pd ss sd", "Compares %: all ones where the chosen relation holds, zeros elsewhere."],
  ["round", "ps pd ss sd", "Rounds % to whole numbers, in the given mode."],
  ["rcp", "ps ss", "Approximates reciprocals of %."],
  ["rsqrt", "ps ss", "Approximates reciprocal square roots of %."],
  ["comi", "ss sd", "Compares % and sets ZF, PF and CF; any NaN raises the invalid exception."],
  ["ucomi", "ss sd", "Compares % and sets ZF, PF and CF; a quiet NaN raises nothing."],
  ["and", "ps pd", "Bitwise AND of %."],
  ["andn", "ps pd", "Bitwise AND of the inverted first and the second source: %."],
  ["or", "ps pd", "Bitwise OR of %."],
  ["xor", "ps pd", "Bitwise exclusive OR of %."],
  ["shuf", "ps pd", "Selects % of both sources, as the constant says."],
  ["unpckh", "ps pd", "Interleaves the upper halves: %."],
  ["unpckl", "ps pd", "Interleaves the lower halves: %."],
  ["hadd", "ps pd", "Adds neighbors: %."],
  ["hsub", "ps pd", "Subtracts neighbors: %."],
  ["addsub", "ps pd", "Subtracts at even places and adds at odd ones: %."],
  ["blend", "ps pd", "Selects % from either source, as the constant says."],
  ["blendv", "ps pd", "Selects % from either source, by the sign bits of a mask."],
  ["dp", "ps pd", "Dot product of %."],
  ["movmsk", "ps pd", "Collects the sign bits of % in a general register."],
  ["mova", "ps pd", "Moves 16 bytes or more (%). Memory must be aligned, or it faults."],
  ["movu", "ps pd", "Moves 16 bytes or more (%), aligned or not."],
  ["movnt", "ps pd", "Stores % past the caches. Memory must be aligned."],
  ["movl", "ps pd", "Moves the lower 8 bytes between register and memory (%)."],
  ["movh", "ps pd", "Moves the upper 8 bytes between register and memory (%)."],
  ["padd", "b w d q", "Adds packed %; wraps around."],
  ["psub", "b w d q", "Subtracts packed %; wraps around."],
  ["padds", "b w", "Adds packed signed %; stays within the range."],
  ["psubs", "b w", "Subtracts packed signed %; stays within the range."],
  ["paddus", "b w", "Adds packed unsigned %; stays within the range."],
  ["psubus", "b w", "Subtracts packed unsigned %; stays within the range."],
  ["pcmpeq", "b w d q", "Compares packed %: all ones where they are equal."],
  ["pcmpgt", "b w d q", "Compares packed signed %: all ones where the first is greater."],
  ["pmaxs", "b w d", "Takes the larger of packed signed %."],
  ["pmins", "b w d", "Takes the smaller of packed signed %."],
  ["pmaxu", "b w d", "Takes the larger of packed unsigned %."],
  ["pminu", "b w d", "Takes the smaller of packed unsigned %."],
  ["psll", "w d q", "Shifts packed % left."],
  ["psrl", "w d q", "Shifts packed % right; zeros come in."],
  ["psra", "w d", "Shifts packed % right; the signs come in."],
  ["pabs", "b w d", "Takes the absolute values of packed %."],
  ["psign", "b w d", "Negates, keeps or clears packed %, by the signs of the source."],
  ["pavg", "b w", "Averages packed unsigned %, rounding up."],
  ["phadd", "w d", "Adds neighboring %."],
  ["phsub", "w d", "Subtracts neighboring %."],
  ["pextr", "b w d q", "Extracts one of the packed %."],
  ["pinsr", "b w d q", "Inserts one of the packed %."],
];

const others = `
movd: Moves 4 bytes between a vector register and a general register or memory; clears the rest of the vector register.
movq: Moves 8 bytes between a vector register and a register or memory; clears the rest of the vector register.
movss: Moves a single; loaded from memory, it clears the rest of the register.
movhlps: Moves the upper 8 bytes of the source to the lower 8 of the destination.
movlhps: Moves the lower 8 bytes of the source to the upper 8 of the destination.
movdqa: Moves 16 bytes. Memory must be aligned, or it faults.
movdqu: Moves 16 bytes, aligned or not.
lddqu: Loads 16 bytes, aligned or not.
movntdq: Stores 16 bytes past the caches. Memory must be aligned.
movntdqa: Loads 16 bytes past the caches. Memory must be aligned.
movntq: Stores 8 bytes of an mmx register past the caches.
movddup: Copies the lowest double to both places.
movsldup: Copies the singles at even places to the odd ones.
movshdup: Copies the singles at odd places to the even ones.
movq2dq: Moves an mmx register to the lower 8 bytes of an xmm register.
movdq2q: Moves the lower 8 bytes of an xmm register to an mmx register.
maskmovdqu: Stores the bytes that a mask selects at [rdi].
pand: Bitwise AND of vectors.
pandn: Bitwise AND of the inverted destination and the source.
por: Bitwise OR of vectors.
pxor: Bitwise exclusive OR of vectors. Of a register with itself: sets it to zero.
ptest: Sets ZF if the AND of both is zero, CF if the AND with the inverted destination is.
pshufb: Selects bytes by the indexes in the source; a set upper bit gives zero.
pshufd: Selects doublewords, as the constant says.
pshufw: Selects words of an mmx register, as the constant says.
pshufhw: Selects among the upper four words, as the constant says.
pshuflw: Selects among the lower four words, as the constant says.
palignr: Joins two vectors and takes 16 bytes from the given place.
packsswb: Packs signed words into signed bytes; stays within the range.
packssdw: Packs signed doublewords into signed words; stays within the range.
packuswb: Packs signed words into unsigned bytes; stays within the range.
packusdw: Packs signed doublewords into unsigned words; stays within the range.
punpcklbw: Interleaves the bytes of the lower halves.
punpcklwd: Interleaves the words of the lower halves.
punpckldq: Interleaves the doublewords of the lower halves.
punpcklqdq: Joins the lower quadwords.
punpckhbw: Interleaves the bytes of the upper halves.
punpckhwd: Interleaves the words of the upper halves.
punpckhdq: Interleaves the doublewords of the upper halves.
punpckhqdq: Joins the upper quadwords.
pmullw: Multiplies packed words and keeps the lower halves.
pmulhw: Multiplies packed signed words and keeps the upper halves.
pmulhuw: Multiplies packed unsigned words and keeps the upper halves.
pmulld: Multiplies packed doublewords and keeps the lower halves.
pmuludq: Multiplies the unsigned doublewords at even places into quadwords.
pmuldq: Multiplies the signed doublewords at even places into quadwords.
pmaddwd: Multiplies packed signed words and adds neighbors into doublewords.
pmaddubsw: Multiplies unsigned with signed bytes and adds neighbors into words.
psadbw: Sums the absolute differences of packed unsigned bytes.
pslldq: Shifts the whole register left by bytes.
psrldq: Shifts the whole register right by bytes.
pmovmskb: Collects the upper bits of packed bytes in a general register.
pblendw: Selects words from either source, as the constant says.
pblendvb: Selects bytes from either source, by the upper bits of a mask.
pmovsxbw: Sign-extends packed bytes to words.
pmovsxbd: Sign-extends packed bytes to doublewords.
pmovsxbq: Sign-extends packed bytes to quadwords.
pmovsxwd: Sign-extends packed words to doublewords.
pmovsxwq: Sign-extends packed words to quadwords.
pmovsxdq: Sign-extends packed doublewords to quadwords.
pmovzxbw: Zero-extends packed bytes to words.
pmovzxbd: Zero-extends packed bytes to doublewords.
pmovzxbq: Zero-extends packed bytes to quadwords.
pmovzxwd: Zero-extends packed words to doublewords.
pmovzxwq: Zero-extends packed words to quadwords.
pmovzxdq: Zero-extends packed doublewords to quadwords.
insertps: Inserts a single at the given place and clears others, as the constant says.
extractps: Extracts a single as its 32 bits.
cvtsi2ss: Converts a signed integer to a single.
cvtsi2sd: Converts a signed integer to a double.
cvtss2si: Converts a single to a signed integer, in the current rounding mode.
cvtsd2si: Converts a double to a signed integer, in the current rounding mode.
cvttss2si: Converts a single to a signed integer, cutting off the fraction.
cvttsd2si: Converts a double to a signed integer, cutting off the fraction.
cvtss2sd: Converts a single to a double.
cvtsd2ss: Converts a double to a single.
cvtps2pd: Converts packed singles to doubles.
cvtpd2ps: Converts packed doubles to singles.
cvtdq2ps: Converts packed signed doublewords to singles.
cvtdq2pd: Converts packed signed doublewords to doubles.
cvtps2dq: Converts packed singles to signed doublewords, in the current rounding mode.
cvtpd2dq: Converts packed doubles to signed doublewords, in the current rounding mode.
cvttps2dq: Converts packed singles to signed doublewords, cutting off the fraction.
cvttpd2dq: Converts packed doubles to signed doublewords, cutting off the fraction.
ldmxcsr: Loads MXCSR: rounding mode, exception masks and flags of SSE.
stmxcsr: Stores MXCSR: rounding mode, exception masks and flags of SSE.
emms: Leaves MMX: marks all x87 registers empty.
vzeroupper: Clears the upper halves of all ymm registers.
vzeroall: Clears all vector registers.
aesenc: One round of AES encryption.
aesenclast: The last round of AES encryption.
aesdec: One round of AES decryption.
aesdeclast: The last round of AES decryption.
pclmulqdq: Multiplies two quadwords without carries.
fld: Pushes a value onto the x87 stack.
fld1: Pushes 1.0 onto the x87 stack.
fldz: Pushes 0.0 onto the x87 stack.
fldpi: Pushes π onto the x87 stack.
fild: Pushes an integer onto the x87 stack.
fst: Stores st(0).
fstp: Stores st(0) and pops the x87 stack.
fist: Stores st(0) as an integer.
fistp: Stores st(0) as an integer and pops the x87 stack.
fisttp: Stores st(0) as an integer, cutting off the fraction, and pops the x87 stack.
fxch: Exchanges st(0) with another x87 register.
fadd: Adds x87 values.
faddp: Adds st(0) to another x87 register and pops.
fsub: Subtracts x87 values.
fsubp: Subtracts st(0) from another x87 register and pops.
fsubr: Subtracts x87 values the other way round.
fmul: Multiplies x87 values.
fmulp: Multiplies another x87 register by st(0) and pops.
fdiv: Divides x87 values.
fdivp: Divides another x87 register by st(0) and pops.
fdivr: Divides x87 values the other way round.
fabs: Takes the absolute value of st(0).
fchs: Negates st(0).
fsqrt: Takes the square root of st(0).
fsin: Takes the sine of st(0).
fcos: Takes the cosine of st(0).
frndint: Rounds st(0) to a whole number.
fcomi: Compares st(0) with another x87 register and sets ZF, PF and CF.
fcomip: Compares st(0) with another x87 register, sets ZF, PF and CF, and pops.
fucomi: Compares st(0) with another x87 register and sets ZF, PF and CF; quiet NaNs raise nothing.
fucomip: Compares st(0) with another x87 register, sets ZF, PF and CF, and pops; quiet NaNs raise nothing.
fninit: Resets the x87 unit.
fldcw: Loads the x87 control word: rounding, precision and exception masks.
fnstcw: Stores the x87 control word.
fnstsw: Stores the x87 status word.
fxsave: Saves the x87 and SSE state to 512 bytes of memory.
fxrstor: Restores the x87 and SSE state from 512 bytes of memory.
`;

const spelledOut = families.flatMap(([base, suffixes, summary]) =>
  suffixes.split(" ").map((suffix) => {
    const elements = floats[suffix] ?? integers[suffix] ?? suffix;
    return `${base}${suffix}: ${summary.replace("%", elements)}`;
  }),
);

/** `name: summary` lines. */
export const vectorInstructions = `${spelledOut.join("\n")}\n${others}`;
