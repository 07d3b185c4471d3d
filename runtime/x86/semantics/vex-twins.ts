/** Which SSE instructions have VEX forms, and how those follow from them. Intel SDM vol. 2. */
import { define } from "../define.js";
import { defineVex } from "../vex.js";

// Floating point.
defineVex(
  "addps addpd subps subpd mulps mulpd divps divpd minps minpd maxps maxpd addsubps addsubpd haddps haddpd hsubps " +
    "hsubpd dpps",
  { sources: 2, raises: true },
);
defineVex(
  "addss addsd subss subsd mulss mulsd divss divsd minss minsd maxss maxsd sqrtss sqrtsd rcpss rsqrtss roundss " +
    "roundsd dppd cvtss2sd cvtsd2ss cvtsi2ss cvtsi2sd",
  { sources: 2, lanes: 1 },
);
defineVex("sqrtps sqrtpd roundps roundpd cvtps2pd cvtdq2ps cvtps2dq cvttps2dq", { raises: true });
defineVex("rcpps rsqrtps cvtdq2pd");
defineVex("cvtpd2ps cvtpd2dq cvttpd2dq", { raises: true, narrows: true });
defineVex("comiss comisd ucomiss ucomisd cvtss2si cvttss2si cvtsd2si cvttsd2si ldmxcsr stmxcsr", { lanes: 1 });

// Bitwise logic and packed integers.
defineVex(
  "andps andpd pand orps orpd por xorps xorpd pxor andnps andnpd pandn " +
    "paddb paddw paddd paddq paddsb paddsw paddusb paddusw psubb psubw psubd psubq psubsb psubsw psubusb psubusw " +
    "pmullw pmulhw pmulhuw pmulld pmuludq pmuldq pmaddwd pmaddubsw pmulhrsw psadbw pavgb pavgw " +
    "pmaxub pmaxsb pmaxuw pmaxsw pmaxud pmaxsd pminub pminsb pminuw pminsw pminud pminsd " +
    "pcmpeqb pcmpeqw pcmpeqd pcmpeqq pcmpgtb pcmpgtw pcmpgtd pcmpgtq packsswb packuswb packssdw packusdw " +
    "punpcklbw punpcklwd punpckldq punpcklqdq punpckhbw punpckhwd punpckhdq punpckhqdq " +
    "unpcklps unpcklpd unpckhps unpckhpd " +
    "pshufb psignb psignw psignd phaddw phaddd phaddsw phsubw phsubd phsubsw palignr pblendw shufps",
  { sources: 2 },
);
defineVex("pabsb pabsw pabsd pshufd pshuflw pshufhw movsldup movshdup");
defineVex("movddup", { isSpread: true });
defineVex(
  "pmovsxbw pmovsxbd pmovsxbq pmovsxwd pmovsxwq pmovsxdq pmovzxbw pmovzxbd pmovzxbq pmovzxwd pmovzxwq pmovzxdq",
);
defineVex("psllw pslld psllq psrlw psrld psrlq psraw psrad", { sources: 2, isCountShared: true });
defineVex("pslldq psrldq", { sources: 2 });
defineVex("shufpd blendpd", { sources: 2, immediateShift: 2 });
defineVex("blendps", { sources: 2, immediateShift: 4 });
defineVex("blendps", { sources: 2, immediateShift: 4, name: "vpblendd" });
defineVex("mpsadbw", { sources: 2, immediateShift: 3 });
defineVex("insertps pinsrb pinsrw pinsrd pinsrq aesenc aesenclast aesdec aesdeclast pclmulqdq", {
  sources: 2,
  lanes: 1,
});
defineVex(
  "phminposuw aesimc aeskeygenassist pextrb pextrw pextrd pextrq extractps maskmovdqu " +
    "pcmpistri pcmpestri pcmpestri64",
  { lanes: 1 },
);
defineVex("pcmpistrm pcmpestrm pcmpestrm64", { lanes: 1, implicitResult: 0 });

// Moves.
defineVex("movaps movapd movdqa movntps movntpd movntdq movntdqa", { isAligned: true });
defineVex("movups movupd movdqu lddqu");
defineVex("movd movq", { lanes: 1 });
defineVex("movss movsd", { lanes: 1, sources: ["rr"] });
defineVex("movlps movlpd movhps movhpd", { lanes: 1, sources: ["rm"] });
defineVex("movhlps movlhps", { lanes: 1, sources: 2 });

/** VZEROUPPER: the upper halves; VZEROALL: all of the registers. */
for (const [name, first] of [
  ["vzeroupper", 16],
  ["vzeroall", 0],
] as const) {
  define(name, (b) => {
    const zero = b.splat(b.constant(0));
    for (let index = 0; index < 16; index++) {
      for (let offset = first; offset < 32; offset += 16) b.setRegister({ kind: "vector", index }, offset, 16, zero);
    }
  });
}
