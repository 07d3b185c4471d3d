/** What every provider works with: the open documents, the files around them, the settings, and the client. */
import type { SourceStore } from "../source-store.js";
import type { ClientFeatures } from "./client-features.js";
import type { ProjectIndex } from "./project-index.js";
import type { Settings } from "./settings.js";

export interface Project {
  /** The open documents, parsed and assembled. */
  readonly sources: SourceStore;
  /** What the texts of all files of the workspace say. */
  readonly index: ProjectIndex;
  /** The syntax of each document. */
  readonly settings: Settings;
  readonly client: ClientFeatures;
}
