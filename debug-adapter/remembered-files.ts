/** Files that a program was made of: when none of them has changed, a restart need not make it anew. */
import type { Result } from "../runtime/base/result.js";
import type { SourcePath } from "../runtime/base/source.js";
import type { HostFiles } from "./host-files.js";

type Content = Result<Uint8Array, string>;

export class RememberedFiles implements HostFiles {
  readonly #contents = new Map<SourcePath, Content>();

  constructor(private readonly files: HostFiles) {}

  get workingFolder(): string | undefined {
    return this.files.workingFolder;
  }

  async read(path: SourcePath): Promise<Content> {
    const content = await this.files.read(path);
    this.#contents.set(path, content);
    return content;
  }

  exists(path: SourcePath): Promise<boolean> {
    return this.files.exists(path);
  }

  folder(path: SourcePath): ReturnType<HostFiles["folder"]> {
    return this.files.folder(path);
  }

  /** Each file that was read is there as it was, or still missing. */
  async areUnchanged(): Promise<boolean> {
    for (const [path, before] of this.#contents) {
      if (!isSame(before, await this.files.read(path))) return false;
    }
    return true;
  }
}

function isSame(one: Content, other: Content): boolean {
  if (!one.ok || !other.ok) return one.ok === other.ok;
  const [first, second] = [one.value, other.value];
  return first.length === second.length && first.every((byte, index) => byte === second[index]);
}
