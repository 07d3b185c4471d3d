/** The program of a launch configuration, made of its files; or the one of before, when none of them has changed. */
import type { Diagnostic, SourcePath } from "../runtime/base/source.js";
import { withDebugFiles } from "./debug-files.js";
import { programFiles } from "./launch-attributes.js";
import { loadProgram } from "./load-program.js";
import { Program } from "./program.js";
import type { Progress } from "./progress.js";
import type { LaunchAttributes } from "./protocol.js";
import { RememberedFiles } from "./remembered-files.js";
import { RequestError } from "./request-error.js";
import type { Session } from "./session.js";
import { SourcePaths } from "./source-paths.js";

export interface LoadedProgram {
  readonly program: Program;
  /** What it was made of. */
  readonly files: RememberedFiles;
  /** Of the attributes that it depends on. */
  readonly key: string;
}

/** `report` is told what is wrong in the sources; a `RequestError` says that the program cannot be made. */
export async function loadedProgram(
  session: Session,
  attributes: LaunchAttributes,
  resolve: (path: string) => SourcePath,
  progress: Progress,
  report: (diagnostic: Diagnostic) => void,
): Promise<LoadedProgram> {
  const before = session.launched?.loaded;
  const paths = programFiles(attributes).map(resolve) as [SourcePath, ...SourcePath[]];
  const { sourceMap, debugFileFolders = [] } = attributes;
  const key = JSON.stringify([paths, sourceMap, debugFileFolders.map(resolve)]);
  if (before?.key === key && (await before.files.areUnchanged())) return before;
  const files = new RememberedFiles(session.files);
  await progress.next("Reading the program");
  const image = await loadProgram(files, paths, report);
  if (!image.ok) {
    for (const diagnostic of image.error.diagnostics) report(diagnostic);
    throw new RequestError(image.error.message, true);
  }
  await progress.next("Looking for debug information");
  const sourcePaths = new SourcePaths({ sourceMap, program: paths[0] });
  const withDebugInformation = await withDebugFiles(image.value, {
    files,
    program: paths[0],
    folders: debugFileFolders.map(resolve),
    sourcePaths,
    note: (text) => session.output.note(text),
  });
  await progress.next("Reading symbols");
  return { program: new Program(withDebugInformation, sourcePaths), files, key };
}
