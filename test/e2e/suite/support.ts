/** What the suites share: the sample in a workspace folder, and a debug session that can be waited for. */
import * as vscode from "vscode";

export const extensionId = "green-threads.green-threads";

/** The folder of the extension under test. */
export function extensionUri(): vscode.Uri {
  const extension = vscode.extensions.getExtension(extensionId);
  if (!extension) throw new Error(`${extensionId} is not installed`);
  return extension.extensionUri;
}

/** Writes a file into the workspace folder. */
export async function writeWorkspaceFile(name: string, text: string): Promise<vscode.Uri> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (!folder) throw new Error("the tests need a workspace folder");
  const uri = vscode.Uri.joinPath(folder.uri, name);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  return uri;
}

/** A copy of the counters sample in the workspace folder, with its text. */
export async function copyCounters(): Promise<{ uri: vscode.Uri; text: string }> {
  const original = vscode.Uri.joinPath(extensionUri(), "samples", "counters", "counters.s");
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(original));
  return { uri: await writeWorkspaceFile("counters.s", text), text };
}

/** The number (from 1) of the first line that matches, or of a later one. */
export function lineOf(text: string, pattern: RegExp, nth = 1): number {
  const lines = text.split("\n");
  for (let index = 0, seen = 0; index < lines.length; index++) {
    if (pattern.test(lines[index] ?? "") && ++seen === nth) return index + 1;
  }
  throw new Error(`no line ${nth} matches ${pattern}`);
}

/** Asks again until there is an answer; says what it waited for, and what there was instead, when none comes. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  describe: () => string = () => "nothing",
): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`waited for ${what}, in vain; there was ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

interface DapEvent {
  readonly type: string;
  readonly event?: string;
  readonly body?: Record<string, unknown>;
}

/** Follows the events of debug sessions as VS Code receives them. Make one before the session starts. */
export class SessionFollower implements vscode.Disposable {
  readonly events: DapEvent[] = [];
  private stopsSeen = 0;
  private readonly registration = vscode.debug.registerDebugAdapterTrackerFactory("green-threads", {
    createDebugAdapterTracker: () => ({
      onDidSendMessage: (message: DapEvent) => {
        if (message.type === "event") this.events.push(message);
      },
    }),
  });

  /** The next stop that nobody waited for yet. */
  async nextStop(): Promise<{ reason: string; threadId: number }> {
    const stop = await eventually("a stop", () => this.all("stopped")[this.stopsSeen]);
    this.stopsSeen++;
    return stop.body as { reason: string; threadId: number };
  }

  async end(): Promise<void> {
    await eventually("the session's end", () => (vscode.debug.activeDebugSession ? undefined : true));
  }

  all(event: string): DapEvent[] {
    return this.events.filter((each) => each.event === event);
  }

  /** What the program wrote. */
  output(): string {
    return this.all("output")
      .filter((each) => each.body?.category === "stdout")
      .map((each) => String(each.body?.output))
      .join("");
  }

  dispose(): void {
    this.registration.dispose();
  }
}
