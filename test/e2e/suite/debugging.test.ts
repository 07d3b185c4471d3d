import assert from "node:assert/strict";
import type { DebugProtocol } from "@vscode/debugprotocol";
import * as vscode from "vscode";
import type { AnnotateMemoryResponse, GreenThreadsListResponse } from "../../../debug-adapter/protocol.js";
import { copyCounters, lineOf, SessionFollower } from "./support.js";

describe("A debug session of the counters sample", () => {
  let follower: SessionFollower;
  let text: string;
  let yieldLine: number;

  before(async () => {
    const sample = await copyCounters();
    text = sample.text;
    yieldLine = lineOf(text, /^\s+call\s+gt_yield/);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(sample.uri));
    const position = new vscode.Position(yieldLine - 1, 0);
    vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(new vscode.Location(sample.uri, position))]);
    follower = new SessionFollower();
  });

  after(async () => {
    await vscode.debug.stopDebugging();
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    follower.dispose();
  });

  const request = async <T>(command: string, parameters?: unknown): Promise<T> => {
    const session = vscode.debug.activeDebugSession;
    assert.ok(session, "there is a debug session");
    return await session.customRequest(command, parameters);
  };

  const threadNamed = async (part: string): Promise<DebugProtocol.Thread> => {
    const { threads } = await request<DebugProtocol.ThreadsResponse["body"]>("threads");
    const thread = threads.find((each) => each.name.includes(part));
    assert.ok(thread, `a thread ${part} among ${JSON.stringify(threads)}`);
    return thread;
  };

  const framesOf = async (threadId: number): Promise<DebugProtocol.StackFrame[]> => {
    const body = await request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", { threadId });
    return body.stackFrames;
  };

  it("starts as F5 does, without launch.json, and stops at the breakpoint on yield", async () => {
    await vscode.commands.executeCommand("workbench.action.debug.start");
    const stop = await follower.nextStop();
    assert.equal(stop.reason, "breakpoint");
    assert.equal(vscode.debug.activeDebugSession?.type, "green-threads");
    const [top] = await framesOf(stop.threadId);
    assert.equal(top?.line, yieldLine);
    assert.equal(top?.source?.name, "counters.s");
  });

  it("shows every green thread as a thread, with its own frames", async () => {
    const { threads } = await request<DebugProtocol.ThreadsResponse["body"]>("threads");
    assert.equal(threads.length, 3);
    const one = await framesOf((await threadNamed("counter_one")).id);
    assert.match(one[0]?.name ?? "", /counter_one/);
    // Not run yet: its entry function, and below it what its stack was prepared with.
    const two = await framesOf((await threadNamed("counter_two")).id);
    assert.deepEqual(
      two.map((frame) => frame.name.replace(/[^\w].*$/, "")),
      ["counter_two", "skip", "guard"],
    );
  });

  it("answers its own requests", async () => {
    const { threads } = await request<GreenThreadsListResponse>("greenThreads/list", {});
    assert.deepEqual(
      threads.map((thread) => thread.state),
      ["ready", "running", "new"],
    );
    const two = threads.find((thread) => thread.entryName === "counter_two");
    assert.ok(two);
    const memory = await request<AnnotateMemoryResponse>("greenThreads/annotateMemory", {
      memoryReference: two.stackPointerReference,
      count: 32,
    });
    const all = memory.annotations.map((annotation) => annotation.text).join("\n");
    for (const name of ["counter_two", "skip", "guard"]) assert.match(all, new RegExp(name));
  });

  it("steps over a yield to the next line of the same thread", async () => {
    const one = await threadNamed("counter_one");
    await request("next", { threadId: one.id });
    const stop = await follower.nextStop();
    assert.equal(stop.threadId, one.id);
    assert.equal((await framesOf(one.id))[0]?.line, yieldLine + 1);
    assert.match(follower.output(), /thread: 2 counter: 0/);
  });

  it("runs to the end with the output of the sample", async () => {
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    await request("continue", { threadId: (await threadNamed("counter_one")).id });
    await follower.end();
    const output = follower.output();
    assert.match(output, /^THREAD 1 STARTING\nthread: 1 counter: 0\nTHREAD 2 STARTING\nthread: 2 counter: 0\n/);
    assert.match(output, /thread: 2 counter: 14\nTHREAD 2 FINISHED\n$/);
    assert.equal(output.match(/counter: /g)?.length, 25);
    assert.deepEqual(
      follower.all("exited").map((event) => event.body?.exitCode),
      [0],
    );
  });
});

describe("A debug session of a program that is not there", () => {
  it("does not start", async () => {
    const follower = new SessionFollower();
    try {
      const configuration = { type: "green-threads", request: "launch", name: "lost", program: "/no/such/program.s" };
      // VS Code tells of a failed launch by its answer or by an exception; which one depends on when it failed.
      const started = await vscode.debug.startDebugging(undefined, configuration).then(
        (answer) => answer,
        () => false,
      );
      assert.equal(started, false);
      assert.equal(follower.all("stopped").length, 0);
    } finally {
      await vscode.debug.stopDebugging();
      follower.dispose();
    }
  });
});
