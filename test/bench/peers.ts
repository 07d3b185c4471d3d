/** The same programs elsewhere: on the processor itself, and on qemu's user-mode emulator. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guestLibrary } from "../../runtime/guest/library.js";

export interface Peer {
  readonly name: string;
  /** Seconds that the program takes with that many arguments, the program's name included. */
  time(argumentCount: number): number;
}

/** Builds a program with GNU as and ld and runs `measure` with those that can execute it; with none where they lack. */
export function withPeers<T>(source: string, measure: (peers: readonly Peer[]) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-bench-"));
  try {
    return measure(build(folder, source) ? peersOf(join(folder, "program")) : []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function build(folder: string, source: string): boolean {
  const members = [...guestLibrary.map((member) => member.text), source];
  const objects = members.map((text, index) => {
    const object = join(folder, `${index}.o`);
    writeFileSync(join(folder, `${index}.s`), text);
    return succeeds("as", ["--64", "-o", object, join(folder, `${index}.s`)]) ? object : undefined;
  });
  if (!objects.every((object) => object !== undefined)) return false;
  return succeeds("ld", ["-m", "elf_x86_64", "-static", "-o", join(folder, "program"), ...objects]);
}

function peersOf(program: string): readonly Peer[] {
  const peer = (name: string, command: string, before: readonly string[]): Peer => ({
    name,
    time(argumentCount) {
      const started = performance.now();
      const words = Array.from({ length: argumentCount - 1 }, () => "x");
      if (!succeeds(command, [...before, ...words])) throw new Error(`${name} failed`);
      return (performance.now() - started) / 1000;
    },
  });
  return [peer("qemu-x86_64", "qemu-x86_64", [program]), peer("this processor", program, [])].filter((candidate) =>
    works(candidate),
  );
}

function works(peer: Peer): boolean {
  try {
    peer.time(1);
    return true;
  } catch {
    return false;
  }
}

function succeeds(command: string, words: readonly string[]): boolean {
  return spawnSync(command, words, { stdio: "ignore" }).status === 0;
}
