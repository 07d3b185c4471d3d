/**
 * What the general-purpose and system instructions do: one line for each, `name: summary`, with the Intel name (AT&T
 * suffixes are taken off before). Sources: SDM vol. 2; the words are ours.
 */
export const integerInstructions = `
aaa: Not available in 64-bit mode.
adc: Adds the source and the carry flag to the destination.
adcx: Adds the source and the carry flag to the destination; changes only CF.
add: Adds the source to the destination.
adox: Adds the source and the overflow flag to the destination; changes only OF.
and: Bitwise AND: keeps in the destination only the bits that the source has too.
andn: Bitwise AND of the inverted first source with the second source.
bextr: Extracts a run of bits; the control operand gives its start (bits 7:0) and its length (bits 15:8).
blsi: Isolates the lowest set bit of the source.
blsmsk: Makes a mask of all bits up to and including the lowest set bit of the source.
blsr: Clears the lowest set bit of the source.
bsf: Finds the lowest set bit of the source. ZF is set when the source is zero; the destination is then undefined.
bsr: Finds the highest set bit of the source. ZF is set when the source is zero; the destination is then undefined.
bswap: Reverses the order of the bytes of a register.
bt: Copies the selected bit to CF.
btc: Copies the selected bit to CF, then inverts it.
btr: Copies the selected bit to CF, then clears it.
bts: Copies the selected bit to CF, then sets it.
bzhi: Clears all bits of the source from the given position up.
call: Pushes the address of the next instruction, the return address, and jumps to the target.
cbw: Sign-extends al to ax.
cdq: Sign-extends eax into edx:eax.
cdqe: Sign-extends eax to rax.
clc: Clears the carry flag.
cld: Clears the direction flag: string instructions go upward.
clflush: Evicts the cache line of an address from all caches.
clflushopt: Evicts the cache line of an address from all caches, in weaker order than clflush.
cli: Disables maskable interrupts; a privileged instruction.
clwb: Writes the cache line of an address back to memory and may keep it cached.
cmc: Inverts the carry flag.
cmp: Compares: subtracts the source from the destination, sets the flags, and forgets the difference.
cmpsb: Compares the byte at [rsi] with the byte at [rdi] and advances both.
cmpsd: Compares the doubleword at [rsi] with the one at [rdi] and advances both.
cmpsq: Compares the quadword at [rsi] with the one at [rdi] and advances both.
cmpsw: Compares the word at [rsi] with the word at [rdi] and advances both.
cmpxchg: If the accumulator equals the destination, stores the source there; else loads the destination into the accumulator.
cmpxchg16b: If rdx:rax equals 16 bytes of memory, stores rcx:rbx there; else loads them into rdx:rax.
cmpxchg8b: If edx:eax equals 8 bytes of memory, stores ecx:ebx there; else loads them into edx:eax.
cpuid: Tells what the processor is and can do: the question in eax and ecx, the answer in eax, ebx, ecx, edx.
cqo: Sign-extends rax into rdx:rax, as idiv wants it.
crc32: Continues a CRC-32C over the source.
cwd: Sign-extends ax into dx:ax.
cwde: Sign-extends ax to eax.
dec: Subtracts one from the destination; leaves CF alone.
div: Unsigned division of rdx:rax by the source: quotient to rax, remainder to rdx. Faults on zero or when the quotient does not fit.
endbr32: Marks a place where an indirect branch may land (32-bit code); otherwise does nothing.
endbr64: Marks a place where an indirect branch may land; otherwise does nothing.
enter: Makes a stack frame: pushes rbp, points rbp at it, and reserves bytes below.
hlt: Stops the processor until an interrupt comes; privileged: faults in programs.
idiv: Signed division of rdx:rax by the source: quotient to rax, remainder to rdx. Faults on zero or when the quotient does not fit.
imul: Signed multiplication. With one operand the product goes to rdx:rax; with two or three its lower half to the first.
in: Reads from an I/O port; privileged.
inc: Adds one to the destination; leaves CF alone.
insb: Reads a byte from the I/O port dx to [rdi] and advances; privileged.
insd: Reads a doubleword from the I/O port dx to [rdi] and advances; privileged.
insw: Reads a word from the I/O port dx to [rdi] and advances; privileged.
int: Calls the interrupt handler of the given number.
int1: Raises a debug exception.
int3: Raises a breakpoint exception: what debuggers put into code to stop it.
iretd: Returns from an interrupt (32-bit frame).
iretq: Returns from an interrupt: pops rip, cs, flags, rsp and ss.
jcxz: Not available in 64-bit mode.
jecxz: Jumps if ecx is zero.
jmp: Jumps to the target; nothing is remembered.
jrcxz: Jumps if rcx is zero.
lahf: Copies SF, ZF, AF, PF and CF to ah.
lar: Loads the access rights of a segment.
lea: Computes the address of the source operand, without touching memory. Also used to add and multiply.
leave: Takes a stack frame down: rsp = rbp, then pops rbp.
lfence: Waits until all loads before it are done.
lgdt: Loads the register of the global descriptor table; privileged.
lidt: Loads the register of the interrupt descriptor table; privileged.
lldt: Loads the register of the local descriptor table; privileged.
lock: Makes the instruction behind it atomic for all processors.
lodsb: Loads the byte at [rsi] into al and advances rsi.
lodsd: Loads the doubleword at [rsi] into eax and advances rsi.
lodsq: Loads the quadword at [rsi] into rax and advances rsi.
lodsw: Loads the word at [rsi] into ax and advances rsi.
loop: Subtracts one from rcx and jumps unless it is zero.
loope: Subtracts one from rcx and jumps if it is not zero and ZF is set.
loopne: Subtracts one from rcx and jumps if it is not zero and ZF is clear.
lsl: Loads the limit of a segment.
lzcnt: Counts the zero bits above the highest set bit.
mfence: Waits until all loads and stores before it are done.
monitor: Watches an address for mwait; privileged.
mov: Copies the source to the destination.
movbe: Copies between register and memory and reverses the order of the bytes.
movdiri: Stores a register to memory as one direct write.
movnti: Stores a register to memory past the caches.
movsb: Copies the byte at [rsi] to [rdi] and advances both.
movsd: Copies the doubleword at [rsi] to [rdi] and advances both; with xmm operands, moves a double.
movsq: Copies the quadword at [rsi] to [rdi] and advances both.
movsw: Copies the word at [rsi] to [rdi] and advances both.
movsx: Copies a smaller source to a larger destination; the sign fills the upper bits.
movsxd: Copies a doubleword to a quadword; the sign fills the upper bits.
movzx: Copies a smaller source to a larger destination; zeros fill the upper bits.
mul: Unsigned multiplication of rax by the source: the product goes to rdx:rax.
mulx: Unsigned multiplication of rdx by the source into two registers; no flags change.
mwait: Waits until a monitored address is written; privileged.
neg: Negates the destination: zero minus it.
nop: Does nothing.
not: Inverts every bit of the destination.
or: Bitwise OR: sets in the destination the bits that the source has.
out: Writes to an I/O port; privileged.
outsb: Writes the byte at [rsi] to the I/O port dx and advances; privileged.
outsd: Writes the doubleword at [rsi] to the I/O port dx and advances; privileged.
outsw: Writes the word at [rsi] to the I/O port dx and advances; privileged.
pause: Tells the processor that this is a waiting loop; otherwise does nothing.
pdep: Deposits the lower bits of the source at the places that the mask selects.
pext: Extracts the bits that the mask selects and packs them at the lower end.
pop: Takes the word at rsp off the stack: copies it to the destination, then adds its size to rsp.
popcnt: Counts the set bits of the source.
popf: Pops the lower 16 flags off the stack.
popfq: Pops the flags register off the stack.
prefetchnta: Brings a cache line closer, for data that is used once.
prefetcht0: Brings a cache line into all caches.
prefetcht1: Brings a cache line into the second-level cache.
prefetcht2: Brings a cache line into the third-level cache.
prefetchw: Brings a cache line closer, for a write.
push: Puts the source on the stack: subtracts its size from rsp, then stores it at rsp.
pushf: Pushes the lower 16 flags.
pushfq: Pushes the flags register.
rcl: Rotates left through the carry flag.
rcr: Rotates right through the carry flag.
rdfsbase: Reads the base address of fs.
rdgsbase: Reads the base address of gs.
rdmsr: Reads a model-specific register; privileged.
rdpid: Reads the number of the processor.
rdpmc: Reads a performance counter.
rdrand: Reads a random number; CF tells whether there was one.
rdseed: Reads a seed for random numbers; CF tells whether there was one.
rdtsc: Reads the time-stamp counter into edx:eax.
rdtscp: Reads the time-stamp counter into edx:eax and the processor's number into ecx.
rep: Repeats the string instruction behind it rcx times.
repe: Repeats the string instruction behind it while rcx is not zero and the compared are equal.
repne: Repeats the string instruction behind it while rcx is not zero and the compared are not equal.
ret: Returns: takes the return address off the stack and jumps there. With an operand, takes that many bytes more off.
retf: Far return: pops rip and cs.
rol: Rotates left: bits that leave at the upper end come in at the lower end.
ror: Rotates right: bits that leave at the lower end come in at the upper end.
rorx: Rotates right by a constant into another register; no flags change.
sahf: Copies ah to SF, ZF, AF, PF and CF.
sar: Shifts right and keeps the sign: a division by a power of two that rounds down.
sarx: Shifts right with sign, by a count in a register; no flags change.
sbb: Subtracts the source and the carry flag (the borrow) from the destination.
scasb: Compares al with the byte at [rdi] and advances rdi.
scasd: Compares eax with the doubleword at [rdi] and advances rdi.
scasq: Compares rax with the quadword at [rdi] and advances rdi.
scasw: Compares ax with the word at [rdi] and advances rdi.
serialize: Waits until everything before it is done.
sfence: Waits until all stores before it are done.
sgdt: Stores the register of the global descriptor table.
shl: Shifts left, zeros come in: a multiplication by a power of two.
shld: Shifts left; the upper bits of the source come in.
shlx: Shifts left by a count in a register; no flags change.
shr: Shifts right, zeros come in: an unsigned division by a power of two.
shrd: Shifts right; the lower bits of the source come in.
shrx: Shifts right by a count in a register; no flags change.
sidt: Stores the register of the interrupt descriptor table.
stc: Sets the carry flag.
std: Sets the direction flag: string instructions go downward.
sti: Enables maskable interrupts; privileged.
stosb: Stores al at [rdi] and advances rdi.
stosd: Stores eax at [rdi] and advances rdi.
stosq: Stores rax at [rdi] and advances rdi.
stosw: Stores ax at [rdi] and advances rdi.
sub: Subtracts the source from the destination.
swapgs: Exchanges the base of gs with the kernel's; privileged.
syscall: Calls the kernel: its number in rax, arguments in rdi, rsi, rdx, r10, r8, r9; the result in rax. Changes rcx and r11.
sysret: Returns from the kernel to a program; privileged.
test: Bitwise AND that sets the flags and forgets the result.
tzcnt: Counts the zero bits below the lowest set bit.
ud0: Raises an invalid-opcode exception: marks a place that is never reached.
ud1: Raises an invalid-opcode exception: marks a place that is never reached.
ud2: Raises an invalid-opcode exception: marks a place that is never reached.
verr: Tells in ZF whether a segment can be read.
verw: Tells in ZF whether a segment can be written.
wrfsbase: Sets the base address of fs.
wrgsbase: Sets the base address of gs.
wrmsr: Writes a model-specific register; privileged.
xadd: Exchanges source and destination, then stores their sum in the destination.
xchg: Exchanges the operands; with memory, atomically.
xgetbv: Reads an extended control register.
xlatb: Looks al up in the table at rbx.
xor: Bitwise exclusive OR. Of a register with itself: sets it to zero.
xrstor: Restores parts of the processor's state from memory.
xsave: Saves parts of the processor's state to memory.
xsaveopt: Saves those parts of the processor's state that have changed.
`;

/** The conditions of jcc, setcc and cmovcc: what they mean after a comparison, and the flags they look at. */
export const conditions: Readonly<Record<string, { readonly meaning: string; readonly flags: string }>> = {
  o: { meaning: "there was signed overflow", flags: "OF = 1" },
  no: { meaning: "there was no signed overflow", flags: "OF = 0" },
  b: { meaning: "below (unsigned <), or carry", flags: "CF = 1" },
  ae: { meaning: "above or equal (unsigned ≥), or no carry", flags: "CF = 0" },
  e: { meaning: "equal, or zero", flags: "ZF = 1" },
  ne: { meaning: "not equal, or not zero", flags: "ZF = 0" },
  be: { meaning: "below or equal (unsigned ≤)", flags: "CF = 1 or ZF = 1" },
  a: { meaning: "above (unsigned >)", flags: "CF = 0 and ZF = 0" },
  s: { meaning: "negative", flags: "SF = 1" },
  ns: { meaning: "not negative", flags: "SF = 0" },
  p: { meaning: "parity even (or, after comparing floats, unordered)", flags: "PF = 1" },
  np: { meaning: "parity odd (or, after comparing floats, ordered)", flags: "PF = 0" },
  l: { meaning: "less (signed <)", flags: "SF ≠ OF" },
  ge: { meaning: "greater or equal (signed ≥)", flags: "SF = OF" },
  le: { meaning: "less or equal (signed ≤)", flags: "ZF = 1 or SF ≠ OF" },
  g: { meaning: "greater (signed >)", flags: "ZF = 0 and SF = OF" },
};
