import type { FrameValues } from "../../../runtime/object/dwarf/locate.js";
import type { Location } from "../../../runtime/object/dwarf/location.js";
import { plainType, sizeOf } from "../../../runtime/object/dwarf/type-reader.js";
import type { Type } from "../../../runtime/object/dwarf/types.js";

/** What is at a location in the words in which the judge tells it. */
export function valueText(
  location: Location,
  type: Type | undefined,
  frame: FrameValues,
  expected: { readonly kind: string; readonly value?: string },
): string {
  if (isLost(location)) return "optimized-out ";
  // What gdb cannot know either, or does not tell in a way that could be compared.
  if (expected.kind === "other") return "other ";
  if (expected.kind === "memory") return location.kind === "memory" ? `memory ${location.address}` : location.kind;
  // gdb makes a number up for a pointer that is not there.
  if (location.kind === "implicit-pointer") return `value ${expected.value}`;
  const size = sizeOf(type) ?? 8;
  const bits = bitsAt(location, size, frame);
  if (expected.kind === "refers") return bits === undefined ? location.kind : `refers ${bits}`;
  const plain = plainType(type);
  if (plain?.kind === "pointer" && plain.mode !== "pointer") return "reference";
  if (bits === undefined) return location.kind === "unavailable" ? "optimized-out " : location.kind;
  return `value ${BigInt.asUintN(size * 8, bits)}`;
}

/** gdb calls what is lost in part lost. */
function isLost(location: Location): boolean {
  if (location.kind === "pieces") return location.pieces.some((piece) => isLost(piece.location));
  return location.kind === "optimized-out";
}

/** The bits of the value, the lowest byte first. */
function bitsAt(location: Location, size: number, frame: FrameValues): bigint | undefined {
  switch (location.kind) {
    case "memory": {
      const bytes = frame.memory(location.address, size);
      return bytes && little(bytes);
    }
    case "register":
      return frame.register(location.register);
    case "value":
      return location.value;
    case "bytes":
      return little(location.bytes);
    case "pieces": {
      let bits = 0n;
      let shift = 0n;
      for (const piece of location.pieces) {
        const part = bitsAt(piece.location, Math.ceil((piece.bitSize + piece.bitOffset) / 8), frame);
        if (part === undefined) return undefined;
        bits |= BigInt.asUintN(piece.bitSize, part >> BigInt(piece.bitOffset)) << shift;
        shift += BigInt(piece.bitSize);
      }
      return bits;
    }
    default:
      return undefined;
  }
}

function little(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of [...bytes].reverse()) value = (value << 8n) | BigInt(byte);
  return value;
}
