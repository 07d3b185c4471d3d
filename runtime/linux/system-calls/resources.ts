/** Limits, usage, scheduling, and what the system tells of itself. */
import { layout } from "../address-space.js";
import { systemCallError } from "../errors.js";
import { DescriptorTable } from "../files/descriptor-table.js";
import { usageWords } from "./children.js";
import { exists } from "./scheduling.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";
import { timespec } from "./time.js";

const unlimited = (1n << 64n) - 1n;
/** By resource (sys/resource.h): CPU, FSIZE, DATA, STACK, CORE, RSS, NPROC, NOFILE, MEMLOCK, AS, LOCKS, … */
const limits: readonly bigint[] = [
  unlimited,
  unlimited,
  unlimited,
  BigInt(layout.stackSize),
  0n,
  unlimited,
  1n,
  BigInt(DescriptorTable.limit),
  ...new Array<bigint>(8).fill(unlimited),
];

const addressSpaceLimit = 9; // RLIMIT_AS

function limitOf({ addressSpace }: SystemCallContext, resource: bigint): bigint | undefined {
  const isOwn = asInt(resource) === addressSpaceLimit && Number.isFinite(addressSpace.limit);
  return isOwn ? BigInt(addressSpace.limit) : limits[asInt(resource)];
}

/** prlimit64(2): limits can be asked for, and set to what they are or less without effect. */
export function prlimit64(
  context: SystemCallContext,
  [process, resource, wanted, old]: SystemCallArguments,
): SystemCallResult {
  const limit = limitOf(context, resource);
  if (limit === undefined) return systemCallError("EINVAL");
  if (asInt(process) !== 0 && context.system.find(asInt(process)) === undefined) return systemCallError("ESRCH");
  if (wanted !== 0n) {
    const [soft = 0n, hard = 0n] = context.memory.readWords(wanted, 2) ?? [];
    if (soft > hard) return systemCallError("EINVAL");
    if (hard > limit) return systemCallError("EPERM");
  }
  if (old !== 0n && !context.memory.writeWords(old, [limit, limit])) return systemCallError("EFAULT");
  return 0n;
}

/** getrlimit(2), setrlimit(2) */
export function getrlimit(context: SystemCallContext, [resource, result]: SystemCallArguments): SystemCallResult {
  const limit = limitOf(context, resource);
  if (limit === undefined) return systemCallError("EINVAL");
  return context.memory.writeWords(result, [limit, limit]) ? 0n : systemCallError("EFAULT");
}

export function setrlimit(context: SystemCallContext, [resource, wanted]: SystemCallArguments): SystemCallResult {
  return wanted === 0n ? systemCallError("EFAULT") : prlimit64(context, [0n, resource, wanted, 0n, 0n, 0n]);
}

/** getrusage(2): the time in which instructions were executed. */
export function getrusage(context: SystemCallContext, [who, result]: SystemCallArguments): SystemCallResult {
  const [self, thread, children] = [0, 1, -1];
  if (![self, thread, children].includes(asInt(who))) return systemCallError("EINVAL");
  const words = usageWords(asInt(who) === children ? context.childInstructions : context.instructions);
  return context.memory.writeWords(result, words) ? 0n : systemCallError("EFAULT");
}

/** times(2), in hundredths of a second */
export function times(context: SystemCallContext, [result]: SystemCallArguments): SystemCallResult {
  const tick = 10_000_000n;
  const [own, ofChildren] = [BigInt(context.instructions) / tick, BigInt(context.childInstructions) / tick];
  if (result !== 0n && !context.memory.writeWords(result, [own, 0n, ofChildren, 0n])) {
    return systemCallError("EFAULT");
  }
  return context.clock.elapsed / tick;
}

/** sysinfo(2): the memory that a program can have. */
export function sysinfo(context: SystemCallContext, [result]: SystemCallArguments): SystemCallResult {
  const { limit } = context.addressSpace;
  const total = Number.isFinite(limit) ? BigInt(limit) : layout.mmapEnd - layout.lowest;
  const mapped = context.machine.memory.mappings().reduce((sum, { start, end }) => sum + end - start, 0n);
  const [uptime = 0n] = timespec(context.clock.elapsed);
  const bytes = new Uint8Array(112);
  const view = new DataView(bytes.buffer);
  [uptime, 0n, 0n, 0n, total, total - mapped].forEach((word, index) => {
    view.setBigUint64(index * 8, word, true);
  });
  view.setUint16(80, 1, true); // processes
  view.setUint32(104, 1, true); // bytes in a unit of memory
  return context.memory.write(result, bytes) ? 0n : systemCallError("EFAULT");
}

/** sched_getaffinity(2): one processor. Returns the size of the kernel's set. */
export function schedGetAffinity(
  context: SystemCallContext,
  [id, size, result]: SystemCallArguments,
): SystemCallResult {
  if (!exists(context, asInt(id))) return systemCallError("ESRCH");
  if (size < 8n || size % 8n !== 0n) return systemCallError("EINVAL");
  return context.memory.writeWords(result, [1n]) ? 8n : systemCallError("EFAULT");
}

/** sched_setaffinity(2): the one processor must be in the set. */
export function schedSetAffinity(context: SystemCallContext, [, size, set]: SystemCallArguments): SystemCallResult {
  const bytes = context.memory.read(set, Number(size < 128n ? size : 128n));
  if (bytes === undefined) return systemCallError("EFAULT");
  return ((bytes[0] ?? 0) & 1) !== 0 ? 0n : systemCallError("EINVAL");
}

/** getcpu(2) */
export function getcpu(context: SystemCallContext, addresses: SystemCallArguments): SystemCallResult {
  const isWritten = addresses.slice(0, 2).every((address) => {
    return address === 0n || context.memory.write(address, new Uint8Array(4));
  });
  return isWritten ? 0n : systemCallError("EFAULT");
}

/** getpriority(2), the system call: 20 minus the nice value, which is 0. */
export function getpriority(): SystemCallResult {
  return 20n;
}

/** What is accepted and changes nothing, or whose answer is 0: setpriority(2), sync(2). */
export function accepted(): SystemCallResult {
  return 0n;
}

/** What nobody but root may do: settimeofday(2), sethostname(2), mount(2). */
export function forbidden(): SystemCallResult {
  return systemCallError("EPERM");
}

/** Extended attributes (xattr(7)), which the files here do not have. */
export function notSupported(): SystemCallResult {
  return systemCallError("EOPNOTSUPP");
}

/** personality(2): it is asked for, or set to what it is. */
export function personality(): SystemCallResult {
  return 0n;
}

const membarrierCommands = { QUERY: 0, REGISTER_PRIVATE_EXPEDITED: 16, PRIVATE_EXPEDITED: 8, GLOBAL: 1 } as const;

/** membarrier(2): with one processor, all threads see memory alike. */
export function membarrier(_context: SystemCallContext, [command]: SystemCallArguments): SystemCallResult {
  const { QUERY, ...others } = membarrierCommands;
  if (asInt(command) === QUERY) return BigInt(Object.values(others).reduce<number>((bits, one) => bits | one, 0));
  return Object.values<number>(others).includes(asInt(command)) ? 0n : systemCallError("EINVAL");
}
