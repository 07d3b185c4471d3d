/**
 * Debug information in other files than the program: a file of its own (`.gnu_debuglink`, build id), and what compilers
 * split off (`.dwo`, `.dwp`). It is the debugger who reads them; the program never sees them.
 */
import { codePlacesOf } from "../runtime/base/code-places.js";
import type { ProgramImage } from "../runtime/base/program-image.js";
import type { SourcePath } from "../runtime/base/source.js";
import { baseName, directoryName, joinPath } from "../runtime/base/source-path.js";
import { type DebugFileReference, debugFileReference, isDebugFileOf, readExecutable } from "../runtime/debuggee.js";
import type { HostFiles } from "./host-files.js";
import type { SourcePaths } from "./source-paths.js";

export interface DebugFileSearch {
  readonly files: HostFiles;
  /** Where the program is. */
  readonly program: SourcePath;
  /** Folders with debug files by build id and by path, such as /usr/lib/debug. */
  readonly folders: readonly SourcePath[];
  readonly sourcePaths: SourcePaths;
  /** Is told what was looked for in vain, and where. */
  readonly note: (text: string) => void;
}

/** So many files that are missing are named in a note. */
const mostNamed = 3;

/** The program with all the debug information that can be found. */
export async function withDebugFiles(image: ProgramImage, search: DebugFileSearch): Promise<ProgramImage> {
  const whole = (await withDebugFile(image, search)) ?? image;
  await provideSplitFiles(whole, search);
  return whole;
}

async function withDebugFile({ file }: ProgramImage, search: DebugFileSearch): Promise<ProgramImage | undefined> {
  const reference = file && debugFileReference(file);
  if (file === undefined || reference === undefined) return undefined;
  const candidates = candidatesFor(reference, search);
  const ofOtherBuilds: SourcePath[] = [];
  for (const path of candidates) {
    const bytes = await search.files.read(path);
    if (!bytes.ok) continue;
    if (!isDebugFileOf(reference, bytes.value)) {
      ofOtherBuilds.push(path);
      continue;
    }
    const image = readExecutable(file, bytes.value);
    if (image.ok) return image.value;
  }
  const { name } = reference;
  if (ofOtherBuilds.length > 0) {
    search.note(`${ofOtherBuilds.join(" and ")} is of another build than the program, and is not used.`);
  } else if (name !== undefined || search.folders.length > 0) {
    const what = name === undefined ? "" : `, ${name},`;
    search.note(
      `The program's debug information is in a file of its own${what} which was not found. Looked for: ` +
        `${candidates.join(", ")}. Put it beside the program, or name its folder in "debugFileFolders".`,
    );
  }
  return undefined;
}

/** In the order in which gdb looks: by build id, then by name. */
function candidatesFor({ buildId, name }: DebugFileReference, { program, folders }: DebugFileSearch): SourcePath[] {
  const beside = directoryName(program);
  const byId =
    buildId === undefined
      ? []
      : [beside, ...folders].map((folder) =>
          joinPath(folder, `.build-id/${buildId.slice(0, 2)}/${buildId.slice(2)}.debug`),
        );
  if (name === undefined) return byId;
  // A folder of debug files has the folders of the programs below it.
  const below = folders.map((folder) => joinPath(joinPath(folder, beside.replace(/^([a-z]:)?[\\/]+/i, "")), name));
  const byName = [joinPath(beside, name), joinPath(beside, `.debug/${name}`), ...below];
  return [...byId, ...byName.filter((path) => path !== program)];
}

/** Units that were split off: in a package beside the program, or each where the compiler put it. */
async function provideSplitFiles(image: ProgramImage, search: DebugFileSearch): Promise<void> {
  const { separateFiles } = codePlacesOf(image);
  if (separateFiles === undefined || separateFiles.missing().length === 0) return;
  const packaged = `${search.program}.dwp`;
  const bytes = await search.files.read(packaged);
  if (bytes.ok) separateFiles.provide(packaged, bytes.value);
  const wanted = separateFiles.missing();
  const looked: SourcePath[] = [packaged];
  await Promise.all(
    wanted.map(async (path) => {
      const named = search.sourcePaths.onHost(path);
      for (const candidate of new Set([named, joinPath(directoryName(search.program), baseName(path))])) {
        const bytes = await search.files.read(candidate);
        if (bytes.ok && separateFiles.provide(path, bytes.value)) return;
        looked.push(candidate);
      }
    }),
  );
  const missing = separateFiles.missing();
  if (missing.length === 0) return;
  const named = missing.slice(0, mostNamed).join(", ");
  const more = missing.length > mostNamed ? ` and ${missing.length - mostNamed} more` : "";
  const places = [...new Set(looked.map(directoryName))].slice(0, mostNamed).join(", ");
  search.note(
    `A part of the program's debug information was split off and not found: ${named}${more}. Looked in ${places}, and ` +
      `for ${packaged}. Lines are known, variables of these files are not. If they lie elsewhere now, "sourceMap" can tell.`,
  );
}
