import assert from "node:assert/strict";
import * as vscode from "vscode";
import { SessionFollower, writeWorkspaceFile } from "./support.js";

/** The task writes the program: before, there is none, and nobody may look for it. */
const tasks = {
  version: "2.0.0",
  tasks: [{ label: "make the program", type: "process", command: "cp", args: ["template.txt", "made.s"] }],
};

describe("A launch configuration", () => {
  const folder = (): vscode.WorkspaceFolder => {
    const [first] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(first);
    return first;
  };
  const place = (name: string) => vscode.Uri.joinPath(folder().uri, name);

  after(async () => {
    for (const name of [".vscode/tasks.json", "made.s", "template.txt", "other.s"]) {
      await vscode.workspace.fs.delete(place(name)).then(undefined, () => {});
    }
  });

  // The task is a command of Unix.
  (process.platform === "win32" ? it.skip : it)(
    "runs its preLaunchTask before its program is read, and links a list of sources",
    async () => {
      await writeWorkspaceFile("template.txt", ".globl main\nmain: call other\n ret\n");
      await writeWorkspaceFile("other.s", ".globl other\nother: mov $5, %eax\n ret\n");
      await writeWorkspaceFile(".vscode/tasks.json", JSON.stringify(tasks));
      const follower = new SessionFollower();
      try {
        const started = await vscode.debug.startDebugging(folder(), {
          type: "green-threads",
          request: "launch",
          name: "made",
          preLaunchTask: "make the program",
          program: [`\${workspaceFolder}/made.s`, "other.s"],
        });
        assert.equal(started, true);
        await follower.end();
        assert.deepEqual(
          follower.all("exited").map((event) => event.body?.exitCode),
          [5],
        );
      } finally {
        await vscode.debug.stopDebugging();
        follower.dispose();
      }
    },
  );
});
