/** The modules of a program: a static executable has one. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { addressPlus, formatAddress, type GuestAddress } from "../runtime/base/guest-address.js";
import { baseName } from "../runtime/base/source-path.js";
import { programFiles } from "./launch-attributes.js";
import type { Launched } from "./launched.js";
import type { Handlers } from "./requests.js";

/** The id of the program's own module. */
export const programModule = 1;

export const moduleRequests: Handlers = {
  modules(session, args) {
    const all = [describe(session.requireLaunched())];
    const first = args.startModule ?? 0;
    const count = args.moduleCount === undefined || args.moduleCount === 0 ? all.length : args.moduleCount;
    return { modules: all.slice(first, first + count), totalModules: all.length };
  },
};

function describe({ attributes, program }: Launched): DebugProtocol.Module {
  const { symbols, segments } = program.image;
  const code = segments.filter(({ permissions }) => permissions.execute);
  const start = code.reduce<GuestAddress | undefined>((low, { address }) => min(low, address), undefined);
  const end = code.reduce((high, { address, size }) => {
    const behind = addressPlus(address, size);
    return high === undefined || behind > high ? behind : high;
  }, start);
  return {
    id: programModule,
    name: baseName(programFiles(attributes)[0]),
    path: programFiles(attributes)[0],
    isUserCode: true,
    symbolStatus: program.hasLines ? "Lines and symbols" : symbols.length > 0 ? "Symbols, no lines" : "No symbols",
    ...(start !== undefined && end !== undefined && { addressRange: `${formatAddress(start)}-${formatAddress(end)}` }),
  };
}

function min(low: GuestAddress | undefined, address: GuestAddress): GuestAddress {
  return low === undefined || address < low ? address : low;
}
