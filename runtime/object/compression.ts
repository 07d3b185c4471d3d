/** Compressed sections (System V gABI, "Section Compression"; `.zdebug_*` as GNU tools wrote them before that). */
import { unzlibSync } from "fflate";
import { decompress as unzstd } from "fzstd";
import { ByteCursor, MalformedData } from "./byte-cursor.js";

const ELFCOMPRESS_ZLIB = 1;
const ELFCOMPRESS_ZSTD = 2;
/** No debug information is that large: a header that says so is damaged. */
const largestSection = 2 ** 31;

/** The contents of a section with SHF_COMPRESSED: an `Elf64_Chdr`, then the stream. */
export function decompressSection(bytes: Uint8Array): Uint8Array {
  const cursor = new ByteCursor(bytes);
  const type = cursor.u32();
  cursor.skip(4);
  const size = cursor.offset64();
  cursor.skip(8);
  const stream = bytes.subarray(cursor.position);
  switch (type) {
    case ELFCOMPRESS_ZLIB:
      return inflate(stream, size);
    case ELFCOMPRESS_ZSTD:
      return checked(size, () => unzstd(stream, new Uint8Array(size)));
    default:
      throw new MalformedData(`compression method ${type} is not known`);
  }
}

/** The contents of a `.zdebug_*` section: "ZLIB", the size in big-endian order, then the stream. */
export function decompressZdebug(bytes: Uint8Array): Uint8Array {
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== "ZLIB") return bytes;
  let size = 0;
  for (const byte of bytes.subarray(4, 12)) size = size * 256 + byte;
  return inflate(bytes.subarray(12), size);
}

function inflate(stream: Uint8Array, size: number): Uint8Array {
  return checked(size, () => unzlibSync(stream, { out: new Uint8Array(size) }));
}

function checked(size: number, decompress: () => Uint8Array): Uint8Array {
  if (size > largestSection) throw new MalformedData("a compressed section says that it is too large");
  let result: Uint8Array;
  try {
    result = decompress();
  } catch {
    throw new MalformedData("a compressed section cannot be decompressed");
  }
  if (result.length !== size) throw new MalformedData("a compressed section has another size than it says");
  return result;
}
