/** The tree of files that a program sees: paths, links, and what can be done to names. */
import type { ErrorName } from "../errors.js";
import { Folder, type Node, type NodeClock, RegularFile, SymbolicLink } from "./nodes.js";
import { DescriptorLink } from "./process-files.js";

const longestPath = 4096;
const longestName = 255;
const mostLinks = 40;

/** Where a path leads: the folder and the name in it, and what is there, if anything. */
export interface Place {
  readonly folder: Folder;
  readonly name: string;
  readonly node: Node | undefined;
  /** The path ends in a slash: it can only mean a folder. */
  readonly mustBeFolder: boolean;
}

export class FileSystem {
  readonly root: Folder;
  private readonly inodes = new WeakMap<Node, number>();
  private nextInode = 2;

  constructor(readonly clock: NodeClock) {
    this.root = new Folder(0o755, clock);
    this.root.links = 2;
  }

  /** Numbers are given in the order in which the program asks: the same in every run. */
  inode(node: Node): number {
    let inode = this.inodes.get(node);
    if (inode === undefined) {
      inode = this.nextInode++;
      this.inodes.set(node, inode);
    }
    return inode;
  }

  /** What `path` names, seen from the folder `from`. The last part may be a link, which is followed or not. */
  find(from: Folder, path: string, followLast = true): Node | ErrorName {
    const place = this.place(from, path, followLast);
    if (typeof place === "string") return place;
    return place.node ?? "ENOENT";
  }

  /** Where `path` leads; its last part need not exist. */
  place(from: Folder, path: string, followLast: boolean): Place | ErrorName {
    return this.walk(from, path, followLast, { left: mostLinks });
  }

  private walk(from: Folder, path: string, followLast: boolean, links: { left: number }): Place | ErrorName {
    if (path === "") return "ENOENT";
    if (path.length >= longestPath) return "ENAMETOOLONG";
    let folder = path.startsWith("/") ? this.root : from;
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    const mustBeFolder = /\/\.?$/.test(path) || path === ".";
    const last = parts.pop();
    for (const part of parts) {
      const next = this.step(folder, part, links);
      if (typeof next === "string") return next;
      folder = next;
    }
    if (last === undefined) return { folder, name: ".", node: folder, mustBeFolder };
    if (last === "..") return { folder: folder.parent, name: "..", node: folder.parent, mustBeFolder };
    if (last.length > longestName) return "ENAMETOOLONG";
    const node = folder.lookup(last);
    if (node instanceof DescriptorLink && followLast) {
      return { folder, name: last, node: node.file.node, mustBeFolder };
    }
    if (node instanceof SymbolicLink && (followLast || mustBeFolder)) {
      if (links.left-- === 0) return "ELOOP";
      return this.walk(folder, node.target, true, links);
    }
    if (mustBeFolder && node !== undefined && !(node instanceof Folder)) return "ENOTDIR";
    return { folder, name: last, node, mustBeFolder };
  }

  private step(folder: Folder, part: string, links: { left: number }): Folder | ErrorName {
    if (part === "..") return folder.parent;
    if (part.length > longestName) return "ENAMETOOLONG";
    let node = folder.lookup(part);
    if (node instanceof DescriptorLink) {
      node = node.file.node;
    } else if (node instanceof SymbolicLink) {
      if (links.left-- === 0) return "ELOOP";
      const place = this.walk(folder, node.target, true, links);
      if (typeof place === "string") return place;
      node = place.node;
    }
    if (node === undefined) return "ENOENT";
    return node instanceof Folder ? node : "ENOTDIR";
  }

  /** The absolute path of a folder, or undefined when it was removed. */
  pathOf(folder: Folder): string | undefined {
    const names: string[] = [];
    for (let at = folder; at !== this.root; at = at.parent) {
      const name = at.parent.nameOf(at);
      if (name === undefined) return undefined;
      names.unshift(name);
    }
    return `/${names.join("/")}`;
  }

  /** Makes the folders of an absolute path that are missing. For building the tree, not for programs. */
  makeFolders(path: string): Folder {
    let folder = this.root;
    for (const part of path.split("/").filter((name) => name !== "")) {
      let next = folder.lookup(part);
      if (!(next instanceof Folder)) {
        next = new Folder(0o755, this.clock);
        next.links = 2;
        folder.add(part, next);
      }
      // The line above made it a folder.
      folder = next as Folder;
    }
    return folder;
  }

  /** Puts `node` where nothing is. */
  create(place: Place, node: Node): ErrorName | undefined {
    if (place.node !== undefined) return "EEXIST";
    if (place.mustBeFolder && !(node instanceof Folder)) return "ENOENT";
    if (place.folder.isReadOnly) return "EROFS";
    place.folder.add(place.name, node);
    return undefined;
  }

  makeFolder(place: Place, permissions: number): ErrorName | undefined {
    const folder = new Folder(permissions, this.clock);
    folder.links = 2;
    return this.create(place, folder);
  }

  /** link(2) */
  link(node: Node, place: Place): ErrorName | undefined {
    if (node.isOfHost) return place.folder.isReadOnly ? "EROFS" : "EXDEV";
    if (node instanceof Folder) return "EPERM";
    const error = this.create(place, node);
    if (error === undefined) node.links++;
    return error;
  }

  /** unlink(2) */
  unlink({ folder, name, node }: Place): ErrorName | undefined {
    if (folder.isReadOnly) return "EROFS";
    if (node === undefined) return "ENOENT";
    if (node instanceof Folder) return "EISDIR";
    folder.remove(name);
    node.links--;
    return undefined;
  }

  /** rmdir(2) */
  removeFolder({ folder, name, node }: Place): ErrorName | undefined {
    if (name === ".") return node === this.root ? "EBUSY" : "EINVAL";
    if (name === "..") return "ENOTEMPTY";
    if (folder.isReadOnly) return "EROFS";
    if (node === undefined) return "ENOENT";
    if (!(node instanceof Folder)) return "ENOTDIR";
    if (node.isOfHost) return "EBUSY";
    if (node.names().length > 0) return "ENOTEMPTY";
    folder.remove(name);
    node.links = 0;
    return undefined;
  }

  /** rename(2); what was at the new place is replaced. */
  rename(from: Place, to: Place): ErrorName | undefined {
    const { node } = from;
    if (from.folder.isReadOnly !== to.folder.isReadOnly) return "EXDEV";
    if ([from.name, to.name].some((name) => name === "." || name === "..")) return "EBUSY";
    if (from.folder.isReadOnly) return "EROFS";
    if (node === undefined) return "ENOENT";
    if (node.isOfHost || to.node?.isOfHost === true) return "EBUSY";
    if (to.node === node) return undefined;
    if (node instanceof Folder) {
      for (let at = to.folder; ; at = at.parent) {
        if (at === node) return "EINVAL";
        if (at === this.root) break;
      }
      if (to.node !== undefined && !(to.node instanceof Folder)) return "ENOTDIR";
      if (to.node instanceof Folder && to.node.names().length > 0) return "ENOTEMPTY";
    } else {
      if (to.node instanceof Folder) return "EISDIR";
      if (to.mustBeFolder) return "ENOTDIR";
    }
    if (to.node !== undefined) {
      to.folder.remove(to.name);
      to.node.links--;
    }
    from.folder.remove(from.name);
    to.folder.add(to.name, node);
    node.changed = this.clock.timeOfDay;
    return undefined;
  }

  /** A file with that content at an absolute path. For building the tree. */
  addFile(path: string, permissions: number, content: () => Uint8Array): RegularFile {
    const slash = path.lastIndexOf("/");
    const file = new RegularFile(permissions, this.clock, content);
    this.makeFolders(path.slice(0, slash)).add(path.slice(slash + 1), file);
    return file;
  }
}
