/** execve(2): from a path to a program, perhaps through the interpreter of a script. */
import type { ProgramImage } from "../../base/program-image.js";
import { type ErrorName, systemCallError } from "../errors.js";
import type { Place } from "../files/file-system.js";
import { RegularFile } from "../files/nodes.js";
import { signalNumbers } from "../signals/signal-numbers.js";
import { signalCodes } from "../signals/signal-state.js";
import type { UserMemory } from "../user-memory.js";
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, permits, placeAt } from "./paths.js";
import { asInt, type SystemCallArguments, type SystemCallContext, type SystemCallResult } from "./system-call.js";

/** In bytes, for all strings together: a quarter of the usual limit of the stack (execve(2)). */
const longestArguments = 2 * 1024 * 1024;
const longestString = 128 * 1024;
/** A script's interpreter may be a script. */
const mostInterpreters = 4;
const longestFirstLine = 255;

/** A program, where it lies, and the arguments that it gets. */
interface Found {
  readonly image: ProgramImage;
  readonly path: string;
  readonly words: readonly Uint8Array[];
}

/** execve(2) */
export function execve(context: SystemCallContext, [path, argv, envp]: SystemCallArguments): SystemCallResult {
  return execveat(context, [BigInt(AT_FDCWD), path, argv, envp, 0n, 0n]);
}

/** execveat(2) */
export function execveat(
  context: SystemCallContext,
  [folder, path, argv, envp, flags]: SystemCallArguments,
): SystemCallResult {
  const name = context.memory.readPath(path);
  if (!name.ok) return systemCallError(name.error);
  const words = readStrings(context, argv);
  if (typeof words === "string") return systemCallError(words);
  const environment = readStrings(context, envp);
  if (typeof environment === "string") return systemCallError(environment);
  const total = [...words, ...environment].reduce((sum, { length }) => sum + length + 1 + 8, 0);
  if (total > longestArguments) return systemCallError("E2BIG");
  const isOfDescriptor = (asInt(flags) & AT_EMPTY_PATH) !== 0 && name.value === "";
  const start = isOfDescriptor ? undefined : placeAt(context, folder, path, (asInt(flags) & AT_SYMLINK_NOFOLLOW) === 0);
  if (typeof start === "string") return systemCallError(start);
  const node = start === undefined ? context.descriptors.file(asInt(folder))?.node : start.node;
  if (node === undefined) return systemCallError(start === undefined ? "EBADF" : "ENOENT");
  const descriptorName = `/dev/fd/${asInt(folder)}`;
  const place = start ?? { folder: context.files.root, name: descriptorName.slice(1), node, mustBeFolder: false };
  const found = find(context, place, name.value === "" ? descriptorName : name.value, words);
  if (typeof found === "string") return systemCallError(found);
  const executed = context.execute({
    image: found.image,
    executablePath: found.path,
    arguments: found.words,
    environment,
  });
  if (!executed.ok) {
    context.noteOnce(executed.error);
    context.signals.raise({ signal: signalNumbers.SIGKILL, code: signalCodes.SI_KERNEL, details: [] });
  }
  return { kind: "registersSet" };
}

/** The program that a file is, or that the interpreter of a script is. */
function find(
  context: SystemCallContext,
  start: Place,
  startName: string,
  startWords: readonly Uint8Array[],
): Found | ErrorName {
  const encoder = new TextEncoder();
  let [place, name, words] = [start, startName, startWords];
  for (let left = mostInterpreters; ; left--) {
    const { node } = place;
    if (node === undefined) return "ENOENT";
    if (!(node instanceof RegularFile) || !permits(node, 1)) return "EACCES";
    const path = `${context.files.pathOf(place.folder) ?? ""}/${place.name}`.replace(/^\/+/, "/");
    const known = context.system.images.get(node);
    if (known !== undefined) return { image: known, path, words };
    node.refresh();
    const beginning = node.read(0, longestFirstLine);
    if (typeof beginning === "string") return beginning;
    const interpreter = interpreterOf(beginning);
    if (interpreter === undefined) {
      const image = readProgram(context, node, path);
      return typeof image === "string" ? image : { image, path, words };
    }
    if (left === 0) return "ELOOP";
    // A script's name takes the place of the first argument.
    words = [...interpreter.map((word) => encoder.encode(word)), encoder.encode(name), ...words.slice(1)];
    name = interpreter[0];
    const next = context.files.place(context.attributes.workingFolder, name, true);
    if (typeof next === "string") return next;
    place = next;
  }
}

/** What the first line of a script names: an interpreter, and perhaps one argument. */
function interpreterOf(bytes: Uint8Array): readonly [string, ...string[]] | undefined {
  if (bytes[0] !== 0x23 /* # */ || bytes[1] !== 0x21 /* ! */) return undefined;
  const [line = ""] = new TextDecoder().decode(bytes.subarray(2)).split("\n", 1);
  const [, interpreter, argument] = /^[ \t]*([^ \t]+)[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
  if (interpreter === undefined) return undefined;
  return argument === undefined || argument === "" ? [interpreter] : [interpreter, argument];
}

function readProgram(context: SystemCallContext, node: RegularFile, path: string): ProgramImage | ErrorName {
  const { readExecutable } = context.system.options;
  const bytes = node.read(0, node.size);
  if (typeof bytes === "string") return bytes;
  if (readExecutable === undefined || !isElf(bytes)) return "ENOEXEC";
  const image = readExecutable(bytes);
  if (image.ok) {
    context.system.images.set(node, image.value);
    return image.value;
  }
  context.noteOnce(`The program tried to execute ${path}. ${image.error}`);
  // As where the dynamic linker that a program asks for is missing.
  return "ENOENT";
}

function isElf(bytes: Uint8Array): boolean {
  return [0x7f, 0x45, 0x4c, 0x46].every((byte, index) => bytes[index] === byte);
}

/** The strings of an array that a null pointer ends; no array is an empty one. */
function readStrings({ memory }: SystemCallContext, address: bigint): Uint8Array[] | ErrorName {
  const strings: Uint8Array[] = [];
  if (address === 0n) return strings;
  for (let at = address; ; at += 8n) {
    const pointer = memory.readWords(at, 1)?.[0];
    if (pointer === undefined) return "EFAULT";
    if (pointer === 0n) return strings;
    const string = readString(memory, pointer);
    if (typeof string === "string") return string;
    strings.push(string);
    if (strings.length * 8 > longestArguments) return "E2BIG";
  }
}

/** The bytes before a zero byte. */
function readString(memory: UserMemory, address: bigint): Uint8Array | ErrorName {
  for (let length = 256; length <= longestString; length *= 2) {
    const bytes = memory.readPrefix(address, length);
    const end = bytes.indexOf(0);
    if (end >= 0) return bytes.slice(0, end);
    if (bytes.length < length) return "EFAULT";
  }
  return "E2BIG";
}
