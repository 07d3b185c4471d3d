/** The macros that `gcc -E -x assembler-with-cpp` defines for x86-64 Linux, as far as they concern assembly. */
export const predefinedMacros = (
  "__x86_64__=1 __x86_64=1 __amd64__=1 __amd64=1 __k8__=1 __k8=1 __linux__=1 __linux=1 linux=1 __gnu_linux__=1 " +
  "__unix__=1 __unix=1 unix=1 __ELF__=1 __ASSEMBLER__=1 _LP64=1 __LP64__=1 __STDC__=1 __STDC_HOSTED__=1 " +
  "__code_model_small__=1 __CHAR_BIT__=8 __SIZEOF_POINTER__=8 __SIZEOF_LONG__=8 __SIZEOF_INT__=4 " +
  "__SIZEOF_SHORT__=2 __SIZEOF_LONG_LONG__=8 __SIZEOF_SIZE_T__=8 __BIGGEST_ALIGNMENT__=16 " +
  "__ORDER_LITTLE_ENDIAN__=1234 __ORDER_BIG_ENDIAN__=4321 __ORDER_PDP_ENDIAN__=3412 " +
  "__BYTE_ORDER__=__ORDER_LITTLE_ENDIAN__ __FLOAT_WORD_ORDER__=__ORDER_LITTLE_ENDIAN__ __USER_LABEL_PREFIX__= " +
  "__REGISTER_PREFIX__= __GCC_HAVE_DWARF2_CFI_ASM=1 __MMX__=1 __SSE__=1 __SSE2__=1 __FXSR__=1 __SEG_FS=1 " +
  "__SEG_GS=1 __GNUC__=12 __GNUC_MINOR__=2 __GNUC_PATCHLEVEL__=0"
).split(" ");
