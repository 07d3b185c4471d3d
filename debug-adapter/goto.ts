/** Going on elsewhere: the places of a line at which a thread can be made to continue, and doing so. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { formatAddress, guestAddress } from "../runtime/base/guest-address.js";
import { memoryReference } from "./memory-reference.js";
import { RequestError } from "./request-error.js";
import type { Handlers } from "./requests.js";
import { findSource } from "./sources.js";

export const gotoRequests: Handlers = {
  gotoTargets(session, args) {
    const { program } = session.requireStopped();
    const { conventions } = session;
    const index = findSource(program, args.source);
    const line = conventions.lineFromClient(args.line);
    const places = index === undefined ? undefined : program.placesOfLine(index, line);
    const targets = places?.line === line ? places.places : [];
    return {
      targets: targets.map(
        ({ address }): DebugProtocol.GotoTarget => ({
          id: address,
          label: program.describeAddress(BigInt(address)) ?? formatAddress(guestAddress(BigInt(address))),
          line: conventions.lineToClient(line),
          instructionPointerReference: memoryReference(BigInt(address)),
        }),
      ),
    };
  },

  goto(session, args) {
    const launched = session.requireStopped();
    const { debuggee } = launched;
    const thread = launched.thread(args.threadId);
    const address = guestAddress(BigInt(args.targetId));
    if (debuggee.memory.permissionsAt(address)?.execute !== true) {
      throw new RequestError(`There is no code at ${formatAddress(address)} to go to.`);
    }
    const written = debuggee.writeRegister(thread.id, 0, "rip", address);
    if (!written.ok) throw new RequestError(written.error);
    session.afterResponse(() =>
      session.emitEvent("stopped", {
        reason: "goto",
        description: "Paused after a jump",
        threadId: thread.id,
        allThreadsStopped: true,
      }),
    );
    return undefined;
  },
};
