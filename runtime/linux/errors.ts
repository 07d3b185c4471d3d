/** Error numbers of x86-64 Linux (asm-generic/errno-base.h, errno.h). A system call returns them negated. */
export const errorNumbers = {
  EBADF: 9,
  ENOMEM: 12,
  EFAULT: 14,
  EEXIST: 17,
  EINVAL: 22,
  ENOTTY: 25,
  ESPIPE: 29,
  ENOSYS: 38,
} as const;
export type ErrorName = keyof typeof errorNumbers;

/** What a system call returns to report that error. */
export function systemCallError(name: ErrorName): bigint {
  return BigInt(-errorNumbers[name]);
}
