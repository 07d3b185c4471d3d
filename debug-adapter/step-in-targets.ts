/** The functions that a step into a line can enter: the calls between where the frame is and the end of the line. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { addressPlus, formatAddress, type GuestAddress } from "../runtime/base/guest-address.js";
import { InstructionDecoder } from "./instruction-decoder.js";
import type { Launched } from "./launched.js";
import type { Handlers } from "./requests.js";

/** Lines of macros can be long; nobody chooses from more. */
const mostInstructions = 500;

export const stepInTargetRequests: Handlers = {
  stepInTargets(session, args) {
    const launched = session.requireStopped();
    const { frame } = launched.frame(session.references.frame(args.frameId));
    // Only the innermost frame steps; in others, the call that is under way would be the only target.
    if (frame.index !== 0) return { targets: [] };
    return { targets: calledFrom(launched, frame.instruction) };
  },
};

function calledFrom(launched: Launched, start: GuestAddress): DebugProtocol.StepInTarget[] {
  const { program } = launched;
  const line = program.rowAt(start)?.line;
  const decoder = new InstructionDecoder(launched);
  const targets = new Map<number, DebugProtocol.StepInTarget>();
  let address = start;
  for (let count = 0; count < mostInstructions; count++) {
    const { isValid, calls, length } = decoder.decode(address);
    const isOnLine = address === start || (line !== undefined && program.rowAt(address)?.line === line);
    if (!isValid || !isOnLine) break;
    // Guest addresses are below 4 GiB.
    const id = Number(calls);
    if (calls !== undefined && !targets.has(id)) {
      targets.set(id, { id, label: program.describeAddress(calls) ?? formatAddress(calls) });
    }
    address = addressPlus(address, length);
  }
  return [...targets.values()];
}
