/** The lines that are compared with GNU as: common instructions over operand forms and sizes, and every table row. */
import { tableLines } from "./table-lines.js";

const registers: Readonly<Record<number, readonly string[]>> = {
  1: ["al", "cl", "bl", "spl", "r9b", "ah"],
  2: ["ax", "cx", "r10w", "sp"],
  4: ["eax", "ecx", "ebx", "r12d"],
  8: ["rax", "rcx", "rbp", "r13", "rsp"],
};
const suffixes: Readonly<Record<number, string>> = { 1: "b", 2: "w", 4: "l", 8: "q" };
const sizes = [1, 2, 4, 8];
const addresses =
  "(%rax)|8(%rbp)|(%rsp)|0x1234(%r13,%r12,4)|sym(%rip)|sym|-128(%r12)|128(%rax,%rbp)|(,%rcx,8)|%fs:16(%rbx)|%gs:0|(%r13)|4(%eax)".split(
    "|",
  );
const immediates =
  "$0 $1 $-1 $127 $128 $-128 $-129 $255 $256 $32767 $65535 $0x7fffffff $0x80000000 $0xffffffff $-0x80000000 $0x123456789 $sym $'a'".split(
    " ",
  );
const conditions = "o no b c nae ae nb nc e z ne nz be na a nbe s ns p pe np po l nge ge nl le ng g nle".split(" ");

function generated(): string[] {
  const lines: string[] = [];
  const add = (line: string) => lines.push(line);
  const forSizes = (visit: (size: number, suffix: string, names: readonly string[]) => void, from = 1) => {
    for (const size of sizes) {
      if (size < from) continue;
      for (const suffix of ["", suffixes[size] ?? ""]) visit(size, suffix, registers[size] ?? []);
    }
  };
  for (const name of "add or adc sbb and sub xor cmp mov test xchg".split(" ")) {
    forSizes((_, suffix, names) => {
      for (const a of names.slice(0, 4)) for (const b of names.slice(0, 4)) add(`${name}${suffix} %${a}, %${b}`);
      for (const address of addresses) {
        add(`${name}${suffix} %${names[0]}, ${address}`);
        add(`${name}${suffix} ${address}, %${names[2]}`);
      }
      for (const immediate of immediates) {
        for (const register of names.slice(0, 2)) add(`${name}${suffix} ${immediate}, %${register}`);
        if (suffix !== "")
          for (const address of addresses.slice(0, 5)) add(`${name}${suffix} ${immediate}, ${address}`);
      }
    });
  }
  for (const name of "not neg inc dec mul imul div idiv push pop call jmp".split(" ")) {
    const star = name === "call" || name === "jmp" ? "*" : "";
    forSizes((_, suffix, names) => {
      for (const register of names) add(`${name}${suffix} ${star}%${register}`);
      if (suffix !== "" || star !== "") for (const address of addresses) add(`${name}${suffix} ${star}${address}`);
    });
  }
  for (const immediate of immediates) for (const suffix of ["", "q", "w"]) add(`push${suffix} ${immediate}`);
  for (const name of "shl shr sar rol ror rcl rcr sal".split(" ")) {
    forSizes((_, suffix, names) => {
      for (const count of ["", "$1, ", "$5, ", "%cl, "]) add(`${name}${suffix} ${count}%${names[1]}`);
      if (suffix !== "") for (const count of ["", "$3, ", "%cl, "]) add(`${name}${suffix} ${count}8(%rbx)`);
    });
  }
  for (const name of "shld shrd".split(" ")) {
    forSizes((_, suffix, names) => {
      add(`${name}${suffix} $3, %${names[0]}, %${names[1]}`);
      add(`${name}${suffix} %cl, %${names[2]}, (%rbx)`);
    }, 2);
  }
  for (const name of "bt bts btr btc".split(" ")) {
    forSizes((_, suffix, names) => {
      add(`${name}${suffix} $3, %${names[0]}`);
      add(`${name}${suffix} %${names[1]}, (%rax)`);
      add(`${name}${suffix} %${names[1]}, %${names[2]}`);
      if (suffix !== "") add(`${name}${suffix} $7, (%rax)`);
    }, 2);
  }
  for (const name of "bsf bsr popcnt lzcnt tzcnt imul lea cmpxchg xadd movbe".split(" ")) {
    forSizes((_, suffix, names) => {
      add(`${name}${suffix} %${names[0]}, %${names[2]}`);
      add(`${name}${suffix} (%r9), %${names[1]}`);
      add(`${name}${suffix} %${names[1]}, (%r9)`);
    });
  }
  for (const address of addresses) {
    for (const size of [2, 4, 8]) add(`lea ${address}, %${registers[size]?.[1]}`);
    for (const name of "nopw nopl prefetcht0 clflush cmpxchg8b cmpxchg16b fxsave ldmxcsr stmxcsr lgdt movb$1,".split(
      " ",
    )) {
      add(`${name.replace("$1,", " $1,")} ${address}`);
    }
  }
  for (const immediate of immediates) {
    for (const size of [2, 4, 8]) {
      add(`imul ${immediate}, %${registers[size]?.[0]}`);
      add(`imul${suffixes[size]} ${immediate}, (%rax), %${registers[size]?.[1]}`);
    }
  }
  for (const condition of conditions) {
    for (const operand of ["%al", "(%rax)", "%sil"]) add(`set${condition} ${operand}`);
    add(`j${condition} sym`);
    forSizes((_, suffix, names) => add(`cmov${condition}${suffix} (%rax), %${names[1]}`), 2);
  }
  const extensions =
    "movzb movsb movzbl movzbw movzbq movzwl movzwq movsbl movsbw movsbq movswl movswq movslq movzx movsx";
  for (const name of extensions.split(" ")) {
    for (const from of sizes) {
      for (const to of [2, 4, 8]) add(`${name} %${registers[from]?.[0]}, %${registers[to]?.[1]}`);
    }
    for (const to of [2, 4, 8]) add(`${name} (%rax), %${registers[to]?.[1]}`);
  }
  for (const segment of "es cs ss ds fs gs".split(" ")) {
    for (const operand of ["%ax", "%eax", "%rax", "(%rax)"]) {
      add(`mov %${segment}, ${operand}`);
      add(`mov ${operand}, %${segment}`);
    }
    for (const address of ["(%rax)", "(%rbp)", "(%rsp)", "8(,%rbp,2)"]) add(`mov %${segment}:${address}, %eax`);
    add(`push %${segment}`);
    add(`pop %${segment}`);
  }
  return lines;
}

const single =
  "cbw;cwde;cdqe;cwd;cdq;cqo;cbtw;cwtl;cltq;cwtd;cltd;cqto;nop;ret;retq;retw;hlt;leave;leaveq;clc;stc;cmc;cld;std;cli;sti;" +
  "syscall;sysret;sysretq;cpuid;rdtsc;rdtscp;pause;lfence;mfence;sfence;int3;ud2;xlat;lahf;sahf;pushf;pushfq;pushfw;popf;" +
  "popfq;iret;iretq;iretl;iretw;lret;lretq;endbr64;emms;wait;swapgs;monitor;mwait;xgetbv;movsb;movsw;movsl;movsq;movsd;" +
  "stosb;stosw;stosl;stosq;lodsb;lodsl;lodsq;scasb;scasl;cmpsb;cmpsq;insb;insl;outsb;outsl;ret $8;enter $16,$0;" +
  "int $0x80;int $3;in $5,%al;in %dx,%al;in (%dx),%al;inb %dx,%al;inl %dx;out %al,$5;out %eax,(%dx);rep movsb;rep stosq;" +
  "repe cmpsb;repne scasb;rep ret;lock incl (%rax);lock cmpxchg %rcx,(%rax);lock xaddq %rax,(%rbx);lock xchg %eax,(%rbx);" +
  "lock add %eax,%ebx;rep add %eax,%ebx;lock mov %eax,(%rbx);movsb %fs:(%rsi),%es:(%rdi);movsl (%rsi),(%rdi);" +
  "stosb %al,(%rdi);stosq %rax,%es:(%rdi);lodsb (%rsi),%al;scas (%rdi),%eax;cmpsl %es:(%rdi),%ds:(%rsi);" +
  "movsb (%esi),(%edi);bswap %eax;bswap %r9;bswap %ax;movabs $1,%rax;movabs $0x123456789abcdef0,%r9;movabs $sym,%rax;" +
  "movabs sym,%rax;movabs %eax,0x1122334455667788;mov 0x1122334455667788,%rax;mov 0x80000000,%eax;mov %eax,-1;" +
  "mov %cr0,%rax;mov %r9,%cr8;mov %dr7,%rax;mov %rax,%db6;movq %rax,%xmm0;movq %xmm9,%rax;movq (%rax),%xmm1;" +
  "movq %xmm1,(%rax);movq %xmm1,%xmm10;movd %eax,%xmm0;movd %xmm0,%rax;movq %mm1,%mm2;movq $5,%rax;movq sym(%rip),%rax;" +
  "cvtsi2sd %rax,%xmm9;cvtsi2sdl (%rax),%xmm1;cvtsi2sdq (%rax),%xmm1;cvtsi2sd (%rax),%xmm3;cvttsd2si %xmm9,%rax;" +
  "cvttsd2siq (%rax),%rax;cmpltsd %xmm1,%xmm2;cmpeqps (%rax),%xmm2;vcmpneq_uqps %ymm1,%ymm2,%ymm3;" +
  "vpcmpnltud %zmm1,%zmm2,%k3;pclmulhqlqdq %xmm1,%xmm2;jmp sym;jmpq *%rax;call sym;call sym+4;jmp sym+4;callq sym;loop .;" +
  "jrcxz .;jecxz .;call *sym(%rip);jmp *sym(,%rax,8);notrack jmp *%rax;bnd jmp sym;jmp .;cs nopw 0x0(%rax,%rax,1);" +
  "data16 nop;xchg %rax,%rax;xchg %eax,%eax;xchg %ax,%ax;fld (%rax);flds (%rax);fldl (%rax);fldt (%rax);fildl (%rax);" +
  "fildll (%rax);fistps (%rax);fstpt 16(%rsp);fadd;faddp;fadd %st(1);fadd %st(3),%st;fadd %st,%st(3);fsub %st,%st(2);" +
  "fsubr %st,%st(2);fsubp;fsubrp %st,%st(1);fdiv %st,%st(3);fdivp %st,%st(2);fxch;fxch %st(2);fcomi;fucomip %st(1);" +
  "fnstsw %ax;fstsw;fnstcw (%rax);fldcw (%rax);fldenv (%rax);fsave (%rax);fninit;finit;fcmovb %st(1),%st;" +
  "blendvps %xmm0,%xmm1,%xmm2;vaddps %zmm1,%zmm2,%zmm3{%k1}{z};vaddps (%rax){1to16},%zmm2,%zmm3;" +
  "vaddps {rn-sae},%zmm1,%zmm2,%zmm3;vcvttps2dq {sae},%zmm1,%zmm2;vaddps 64(%rax),%zmm2,%zmm3;vaddps 65(%rax),%zmm2,%zmm3;" +
  "vgatherdps %ymm1,(%rax,%ymm2,4),%ymm3;{vex3} vaddps %xmm1,%xmm2,%xmm3;{evex} vaddps %xmm1,%xmm2,%xmm3;" +
  "{disp32} mov 8(%rax),%ebx;{load} mov %eax,%ebx;{store} movaps %xmm1,%xmm2;ljmp *(%rax);lcall *(%rax);" +
  "crc32b %al,%eax;crc32q (%rax),%rax;mov %ah,%r9b;mov %ah,%sil;movl %rax,%rbx;mov %eax,%rbx;mov (%rax),(%rbx);" +
  "mov %eax,$5;mvo %eax,%ebx;push %eax;pop %eax;call *%eax;lea %eax,%ebx;mov (%ax),%eax;mov (%rax,%rsp),%eax;" +
  "mov (%rax,%ecx),%eax;mov (%rip,%rax),%eax;add $0x80000000,%rax;mov $sym,%al;mov $sym,%ax;add $sym,%rax;push $sym;" +
  "shl $sym,%eax;mov $sym-.,%eax;mov $(1+2)*3,%eax;mov $~5,%eax;mov 1f(%rip),%eax\n1:;movzx %al,%al";

const intelLines =
  "jmp sym;jne sym;call sym;jmp rax;call [rax];call qword ptr [rax+8];jmp qword ptr sym[rip];call sym+4;mov eax, offset sym;" +
  "mov rax, offset sym;mov rax, offset flat:sym;lea rax, sym[rip];lea rax, [rip+sym];mov eax, sym;mov eax, [sym];" +
  "mov eax, dword ptr sym;mov eax, dword ptr sym[rbx];mov eax, sym[rbx*4];mov eax, [rbx][rcx];mov eax, [rbx+rcx*4+8];" +
  "mov eax, [4*rcx+rbx];mov eax, [rbx+4][rcx*2];mov eax, 4[rbx];mov eax, fs:[0];mov rax, fs:0;mov rax, qword ptr fs:[rbx];" +
  "mov byte ptr [rax], 5;mov word ptr [rax], 5;mov qword ptr [rax], -1;add dword ptr [rax], 1;push 5;push offset sym;" +
  "push qword ptr [rax];push [rax];movzx eax, byte ptr [rax];movsx rax, word ptr [rax];movsxd rax, dword ptr [rax];" +
  "movsx rdx, eax;mov al, 0ffh;mov eax, 1+2*3;mov eax, not 5;mov eax, 5 shl 2;mov eax, 7 mod 4;mov eax, 5 and 4;" +
  "mov eax, (1 or 2);imul eax, 5;imul eax, ebx, 5;shl eax;shl eax, cl;rep movsb;rep stosq;movsd;movsd xmm0, xmm1;" +
  "cmpsd xmm1, xmm2, 3;ret;ret 8;xchg eax, ebx;test [rbx], eax;cvtsi2sd xmm0, eax;cvtsi2sd xmm0, qword ptr [rax];" +
  "mov rax, 0x123456789abcdef0;movabs rax, 5;mov ds, ax;lea eax, [rsp+rax];lea eax, [rax+rsp];lea eax, [rax*1];" +
  "lea eax, [rsp*1+rax];mov eax, [eax];mov eax, ds:5;mov eax, [5];fld dword ptr [rax];fld tbyte ptr [rax];" +
  "fild word ptr [rax];faddp;fadd st, st(1);fsub st(2), st;fsubp st(2), st;movaps xmm0, xmmword ptr [rax];movaps xmm0, [rax];" +
  "movq xmm0, rax;movd xmm0, eax;lock inc dword ptr [rax];lock cmpxchg [rax], ecx;enter 16, 0;int 3;in al, dx;out dx, al;" +
  "sete al;cmovne eax, ebx;vaddps ymm0, ymm1, ymmword ptr [rax];add rax, [rbx+rcx*8-0x10];cmp byte ptr [rax+rbx], 0;" +
  "jmp short sym;mov eax, DWORD PTR [rax];MOV EAX, EBX;mov eax, byte ptr [rbx];mov rax, ebx;mov 5, eax;" +
  "mov eax, [rax+rbx+rcx];pushq 5;movl eax, 5;inc [rax];mov [rax], 1;shl [rax], 1;movzx eax, [rbx]";

const everyNth = (lines: readonly string[], n: number) => lines.filter((_, i) => i % n === 0);

/** The corpus by dialect. Of the table's lines every third, which takes in every row. */
export function corpus(): { readonly att: readonly string[]; readonly intel: readonly string[] } {
  const table = tableLines();
  const isPlain = (line: string) => line !== "" && !line.includes("\n");
  return {
    att: [...new Set([...generated(), ...single.split(";").filter(isPlain), ...everyNth(table.att, 3)])],
    intel: [...new Set([...intelLines.split(";"), ...everyNth(table.intel, 3)])],
  };
}

/** Files that are compared whole: sections, relocations, symbols. */
export const fixtureNames = [
  "symbols",
  "relaxation",
  "data",
  "macros",
  "common",
  "compiled-o0",
  "compiled-o2",
  "compiled-intel",
  "compiled-avx2",
] as const;
