/** The generated code of the interpreter, and what must be known of it: as bytes, so that it can be made beforehand. */
import { groupCount, handlerCount } from "./handlers.js";

export interface InterpreterImage {
  /** The module of the frequent instructions. */
  main(): Uint8Array<ArrayBuffer>;
  /** The module of a group of rare instructions. */
  group(number: number): Uint8Array<ArrayBuffer>;
  /** Bit k: the handler with this number writes operand k. */
  writes(handler: number): number;
}

/** The image in one piece: the lengths of the modules (32 bits each), the modules, and a byte for each handler. */
export function packImage(image: InterpreterImage): Uint8Array<ArrayBuffer> {
  const modules = [image.main(), ...Array.from({ length: groupCount() }, (_, group) => image.group(group))];
  const lengths = Uint32Array.from(modules, (module) => module.length);
  const writes = Uint8Array.from({ length: handlerCount() }, (_, handler) => image.writes(handler));
  const parts = [new Uint8Array(lengths.buffer), ...modules, writes];
  const packed = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    packed.set(part, at);
    at += part.length;
  }
  return packed;
}

/** The image that was packed; the order of bytes in a word is that of every host there is: the lowest first. */
export function unpackImage(packed: Uint8Array<ArrayBuffer>): InterpreterImage {
  const count = 1 + groupCount();
  const header = new DataView(packed.buffer, packed.byteOffset, 4 * count);
  const starts = [4 * count];
  for (let k = 0; k < count; k++) starts.push((starts[k] ?? 0) + header.getUint32(4 * k, true));
  const writes = packed.subarray(starts[count]);
  if (writes.length !== handlerCount()) throw new Error("the interpreter's image was made of other definitions");
  const module = (number: number) => packed.subarray(starts[number], starts[number + 1]);
  return {
    main: () => module(0),
    group: (number) => module(1 + number),
    writes: (handler) => writes[handler] ?? 0,
  };
}
