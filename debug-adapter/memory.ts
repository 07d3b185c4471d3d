/** Reading and writing the program's memory. */
import { addressPlus } from "../runtime/base/guest-address.js";
import { announcingMemoryWrite } from "./announcements.js";
import { decodeBase64, encodeBase64 } from "./base64.js";
import { memoryReference, requireMemoryReference } from "./memory-reference.js";
import { RequestError } from "./request-error.js";
import type { Handlers } from "./requests.js";

/** The most bytes in one answer. */
const longestRead = 1 << 22;

export const memoryRequests: Handlers = {
  readMemory(session, args) {
    const { memory } = session.requireStopped().debuggee;
    const address = addressPlus(requireMemoryReference(args.memoryReference), args.offset ?? 0);
    const count = Math.min(Math.max(0, args.count), longestRead);
    const bytes = memory.read(address, count);
    if (bytes.length === count) return { address: memoryReference(address), data: encodeBase64(bytes) };
    // What follows cannot be read up to the next mapping.
    const end = addressPlus(address, bytes.length);
    const next = memory.mappings().find(({ start }) => start > end)?.start;
    const rest = count - bytes.length;
    const unreadableBytes = next === undefined || next - end > BigInt(rest) ? rest : Number(next - end);
    return { address: memoryReference(address), data: encodeBase64(bytes), unreadableBytes };
  },

  writeMemory(session, args) {
    const launched = session.requireStopped();
    const { memory } = launched.debuggee;
    const address = addressPlus(requireMemoryReference(args.memoryReference), args.offset ?? 0);
    const bytes = decodeBase64(args.data);
    if (bytes === undefined) throw new RequestError("The data to write is not in base64.");
    const mapped = memory.read(address, bytes.length).length;
    if (mapped < bytes.length && args.allowPartial !== true) {
      throw new RequestError(
        `Only ${mapped} of the ${bytes.length} bytes at ${memoryReference(address)} are mapped: nothing was written.`,
      );
    }
    const bytesWritten = announcingMemoryWrite(session, launched, address, () => memory.write(address, bytes));
    return args.allowPartial === true ? { offset: 0, bytesWritten } : { bytesWritten };
  },
};
