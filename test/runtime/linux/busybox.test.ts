/** Debian's busybox-static, a program that nobody here built: its applets and its shell, here and natively. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readExecutable } from "../../../runtime/debuggee.js";
import { Session } from "../execution/session.js";

const busybox = "/usr/bin/busybox";
const isHere =
  process.platform === "linux" &&
  process.arch === "x64" &&
  existsSync(busybox) &&
  readExecutable(new Uint8Array(readFileSync(busybox))).ok;
if (!isHere) console.warn(`There is no static ${busybox} for x86-64 on this machine: it is not tested.`);

/** Lines of words and numbers, the same in every run. */
function text(lines: number): string {
  let seed = 1;
  const next = (): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return seed >>> 8;
  };
  return Array.from({ length: lines }, () => `${next().toString(36)} ${next() % 1000} ${next() % 7}\n`).join("");
}

function natively(script: string, input: string) {
  const folder = mkdtempSync(join(tmpdir(), "green-threads-busybox-"));
  try {
    const { stdout, stderr, status } = spawnSync(busybox, ["sh", "-c", script], {
      input,
      encoding: "utf8",
      cwd: folder,
      env: { PATH: "/nowhere" },
    });
    return { output: stdout, errorOutput: stderr, status };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function here(script: string, input: string) {
  const image = readExecutable(new Uint8Array(readFileSync(busybox)));
  if (!image.ok) throw new Error(image.error);
  const session = new Session(image.value, {
    programName: busybox,
    arguments: ["sh", "-c", script],
    environment: { PATH: "/nowhere" },
    standardInput: new TextEncoder().encode(input),
    instructionLimit: 2_000_000_000,
  });
  const stop = await session.continue();
  const { output, errorOutput } = session;
  return { output, errorOutput, status: stop.kind === "exited" ? stop.status : session.describe(stop) };
}

const megabyte = text(70_000);

const scripts: readonly (readonly [name: string, script: string, input: string])[] = [
  [
    "the language of sh",
    `f() { echo "f $1 of $#"; return 3; }
     f a b; echo "status $?"
     for i in 1 2 3; do echo "line $i"; done | while read -r word number; do echo "$number:$word"; done
     numbers=$(seq 1 5 | tr '\\n' ' '); echo "numbers: $numbers"
     (cd /; echo "a subshell in $(pwd)"; exit 4); echo "ended with $?"
     i=0; while [ $i -lt 5 ]; do i=$((i + 1)); [ $i = 3 ] && continue; echo -n "$i "; done; echo
     case $numbers in 1*5*) echo matched;; *) echo not matched;; esac
     x=\${undefined:-default}; echo "\${x#de} \${#x}"; set -- one "two words"; for w in "$@"; do echo "<$w>"; done
     cat <<END
here: $i $(expr 3 + 4)
END
     trap 'echo the end' EXIT
     nothing-by-that-name; echo "unknown: $?"
     sh -c 'kill -TERM $$'; echo "terminated: $?"
     exit 5`,
    "",
  ],
  [
    "files and jobs",
    `mkdir w; cd w; echo one > a; echo two >> a; cp a b; mkdir -p d/e; mv b d/e/c; ls -1 . d/e; cat d/e/c; ln -s a l; cat l; rm -r d l
     cat < a > copy; cmp a copy && echo equal; test -s a && echo filled; [ -d nowhere ] || echo none; wc -c a copy
     (echo later; exit 3) & job=$!; wait $job; echo "job $?"; { sleep 100 & kill $!; wait $!; echo "killed $?"; } 2>/dev/null
     printf '#!/proc/self/exe sh\\necho script $0 $1\\n' > script; chmod +x script; echo echo plain '$1' > plain; chmod +x plain
     find . -type f | sort; ./plain with an argument; echo a b c | xargs -n 1 echo item; echo done >&2`,
    "",
  ],
  [
    "filters",
    `sort > all; head -3 all; tail -2 all; wc all; sort -k2,2n -k1,1r all | sed -n '10p;20p;$p'
     grep -c 'a.*b' all; grep -v 1 all | head -2; cut -d' ' -f2 all | sort -n | uniq -c | sort -rn | head -3
     awk '{ count[$3]++; sum += $2 } END { for (i = 0; i < 7; i++) print i, count[i]; printf "%.3f %d\\n", sum / NR, sum }' all
     sed 's/\\([a-z]\\)\\([0-9]\\)/\\2\\1/g; s/ .*//' all | tr a-z A-Z | head -4; head -c 40 all | od -A d -t x1
     seq 3 3 15 | tr '\\n' ,; echo; expr 12 \\* 12; yes no | head -2; nl all | tail -1`,
    text(200),
  ],
  ["checksums of a megabyte", "tee copy | sha256sum; md5sum copy; wc -c < copy", megabyte],
  ["packing", "gzip > packed.gz; gunzip < packed.gz | md5sum; bzip2 < packed.gz | bunzip2 | md5sum", text(1_000)],
];

/** Scripts of the folder `scripts`, with these lines as standard input. */
const files: typeof scripts = (["archives", "calculators", "columns", "jobs", "tree"] as const).map((name) => [
  `${name}.sh`,
  readFileSync(fileURLToPath(new URL(`scripts/${name}.sh`, import.meta.url)), "utf8"),
  text(400),
]);

describe.runIf(isHere)("busybox", () => {
  it.each([...scripts, ...files])(
    "%s: as natively",
    async (_, script, input) => {
      expect(await here(script, input)).toEqual(natively(script, input));
    },
    120_000,
  );
});
