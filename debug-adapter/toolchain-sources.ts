/** Sources of compilers and their libraries: not what a user means who asks which line of a program did something. */
import type { SourcePath } from "../runtime/base/source.js";

/** As debug information names them, by the habits of those who build these libraries. */
const patterns = [
  // Rust's standard library, as distributed and as installed beside the compiler.
  /^\/rustc\/[0-9a-f]+\//,
  /\/rustlib\/src\/rust\//,
  /(^|\/)library\/(std|core|alloc|panic_unwind|backtrace)\/src\//,
  // GCC's and Clang's headers and libraries.
  /^\/usr\/(local\/)?(include|lib)\//,
  /(^|\/)(libstdc\+\+-v3|libgcc|libgcc_s|libcxx|libcxxabi|libunwind|compiler-rt)\//,
  // The C libraries of GNU and musl, as distributions build them.
  /(^|\/)(glibc|musl)-[\d.]+[^/]*\//,
  /^(\.\.?\/)+(sysdeps|csu|stdio-common|libio|nptl|elf|malloc|string|stdlib|posix|io|misc)\//,
  // Zig's.
  /(^|\/)lib\/(std|compiler_rt|libc)\/.*\.(zig|c)$/,
];

export function isToolchainSource(path: SourcePath): boolean {
  return patterns.some((pattern) => pattern.test(path));
}
