/** What is known of a green thread, for our client's views and for the scope "Thread". */
import { formatAddress } from "../runtime/base/guest-address.js";
import type { CallSite, GreenThread } from "../runtime/debuggee.js";
import type { Launched } from "./launched.js";
import { memoryReference } from "./memory-reference.js";
import type { CodePlace, GreenThreadInfo } from "./protocol.js";
import type { Session } from "./session.js";
import { sourceToClient } from "./sources.js";

export function threadInfo(session: Session, launched: Launched, thread: GreenThread): GreenThreadInfo {
  const { id, name, state, slot, entry, entryName, stack, creator, switchedOutAt, kernelThread } = thread;
  const reference = (address: bigint | undefined) => (address === undefined ? undefined : memoryReference(address));
  const [created] = creator?.calls ?? [];
  const creatorName = creator && launched.debuggee.thread(creator.thread)?.name;
  return {
    id,
    name,
    state,
    slot,
    entryName,
    entryReference: reference(entry),
    stackPointerReference: memoryReference(stack.pointer),
    stackLowReference: reference(stack.low),
    stackHighReference: reference(stack.high),
    stackUsed: stack.used,
    stackSize: stack.size,
    stackHighWaterMark: stack.highWaterMark,
    ...(creator && {
      creator: {
        threadId: creator.thread,
        ...(creatorName !== undefined && { name: creatorName }),
        ...(created && { place: codePlace(session, launched, created) }),
      },
    }),
    ...(switchedOutAt && { switchedOutAt: codePlace(session, launched, switchedOutAt) }),
    systemThread: kernelThread,
    runs: thread.runs,
    instructions: thread.instructions,
  };
}

/** A place in the code, with its source where the client can open it. */
export function codePlace(session: Session, { program }: Launched, site: CallSite): CodePlace {
  const { instruction, functionName, position } = site;
  const index = position && program.sourceNamed(position.path);
  const { conventions } = session;
  return {
    name: functionName ?? formatAddress(instruction),
    instructionReference: memoryReference(instruction),
    ...(position !== undefined &&
      index !== undefined && {
        source: sourceToClient(session, program, index),
        line: conventions.lineToClient(position.line),
        column: conventions.columnToClient(position.column ?? 1),
      }),
  };
}
