/** `green-threads run` in shell pipelines, beside the same program on the processor. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildProgram } from "../debug-adapter/support/built-adapter.js";

const isLinux = process.platform === "linux" && process.arch === "x64";
const canBuild = isLinux && spawnSync("gcc", ["--version"]).status === 0;
if (!canBuild) console.warn("gcc cannot be run on this machine: standard streams in pipelines are not tested.");
const hasPython = canBuild && spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) console.warn("python3 cannot be run on this machine: standard streams in a terminal are not tested.");

const folder = mkdtempSync(join(tmpdir(), "green-threads-streams-"));
const native = join(folder, "streams");
let here = "";
let remove = () => {};

beforeAll(async () => {
  const cli = await buildProgram("cli");
  remove = cli.remove;
  here = `${process.execPath} ${cli.program} run ${native}`;
  if (!canBuild) return;
  const source = fileURLToPath(new URL("programs/streams.c", import.meta.url));
  const compiled = spawnSync("gcc", ["-O1", "-static", "-o", native, source], { encoding: "utf8" });
  if (compiled.status !== 0) throw new Error(compiled.stderr);
}, 60_000);
afterAll(() => {
  remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a script of the shell in which `$P` is the program. */
function shell(program: string, script: string) {
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script], {
    env: { PATH: process.env.PATH, P: program },
    input: "input of the shell\n",
    timeout: 30_000,
  });
  return { output: stdout.toString("latin1"), errors: stderr.toString() };
}

describe.runIf(canBuild)("in a pipeline, as on the processor", () => {
  it.each([
    ["bytes of all values go through", `printf 'a\\0b\\377\\200\\n' | $P copy 4096 | od -c; echo \${PIPESTATUS[@]}`],
    ["a megabyte and more goes through", "head -c 3000001 /dev/zero | tr '\\0' x | $P copy 65536 | cksum"],
    ["nothing is lost at the end", "$P write 30000 2>&1 | (sleep 0.1; cksum)"],
    ["a reader that goes away", "$P copy 512 < /dev/zero | head -c 5000 | cksum; echo ${PIPESTATUS[@]}"],
    ["a reader that goes away unnoticed", "$P ignore-pipe 512 < /dev/zero | head -c 5; echo ${PIPESTATUS[@]}"],
    ["input that comes late", "(sleep 0.5; echo late; sleep 0.5) | $P wait"],
    ["input at its end", "$P wait < /dev/null; true | $P wait; $P wait < /etc/passwd"],
    ["input that another program goes on with", "printf '1\\n2\\n3\\n' | ($P read 2; cat)"],
    ["what the streams are", "$P describe < /etc/hostname 2> /dev/null | cat; $P describe"],
    ["a place in a file", "(read line; $P seek 10) < /etc/passwd"],
    ["the end by a signal", "$P die 6; echo $?"],
  ])("%s", (_what, script) => {
    const mine = shell(here, script);
    expect(mine.output).toBe(shell(native, script).output);
  });

  it("says in which fault a program ended", () => {
    const { output, errors } = shell(here, "$P fault 16; echo $?");
    expect(output).toBe("139\n");
    expect(errors).toMatch(/^green-threads: .*page fault.*\(SIGSEGV\)\n/i);
  });
});

/** Runs words in a terminal of 100 by 30; types each text when the program has printed what stands before it. */
const inTerminal = `
import fcntl, os, pty, struct, sys, termios
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    os.execvp(sys.argv[1], sys.argv[3:])
output, steps = b"", [step.split("=") for step in sys.argv[2].split(",") if step]
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        part = b""
    if not part:
        break
    output += part
    while steps and steps[0][0].encode() in output:
        os.write(terminal, bytes.fromhex(steps.pop(0)[1]))
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(output.decode(), 128 - status if status < 0 else status)
`;

function terminal(program: string, steps: string, ...words: readonly string[]): string {
  const command = [...program.split(" "), ...words];
  const { stdout, stderr } = spawnSync("python3", ["-c", inTerminal, command[0] ?? "", steps, ...command], {
    encoding: "utf8",
    timeout: 30_000,
  });
  return stdout + stderr;
}

describe.runIf(hasPython)("in a terminal, as on the processor", () => {
  it.each([
    ["what the streams are", "", "describe"],
    // A line, Ctrl-C to a handler, another line, Ctrl-D.
    ["lines, Ctrl-C and Ctrl-D", "ready=610a03,signal 2=620a,signal 2\r\nb=04", "handle"],
    ["Ctrl-C without a handler", "ready=03", "sit"],
  ])("%s", (_what, steps, ...words) => {
    const mine = terminal(here, steps, ...words);
    expect(mine).toBe(terminal(native, steps, ...words));
    expect(mine).toMatch(words[0] === "sit" ? /130\n$/ : /0\n$/);
  });
});
