import { expect, test } from "vitest";
import overflow from "../../../samples/overflow/overflow.s";
import { Session } from "./session.js";

test("a fault is explained all the same where no switch was watched", async () => {
  const [watched, unwatched] = [Session.of(overflow), Session.of(overflow, { watchesThreads: false })];
  const [expected, stop] = [await watched.continue(), await unwatched.continue()];
  if (expected.kind !== "fault" || stop.kind !== "fault") throw new Error("the program ends with a fault");
  expect(stop.explanation).toEqual({ ...expected.explanation, thread: stop.thread });
  expect(unwatched.output).toBe(watched.output);
  expect(unwatched.debuggee.instructionCount).toBe(watched.debuggee.instructionCount);
  const names = ({ debuggee }: Session) => debuggee.threads().map(({ name }) => name);
  expect(names(unwatched).sort()).toEqual(names(watched).sort());
});

test("a thread of an unknown runtime is found where it stands", async () => {
  const source = `
        .globl  main
        .type   main, @function
main:   lea     end(%rip), %rsp
        call    work
        .size   main, . - main
        .type   work, @function
work:   ud2
        .size   work, . - work
        .bss
        .balign 16
stack:  .zero   256
end:    .zero   8
`;
  const session = Session.of(source, { watchesThreads: false });
  expect(await session.continue()).toMatchObject({ kind: "fault", thread: 2 });
  expect(session.debuggee.threads()).toHaveLength(2);
  const { stack } = session.debuggee.threads()[1] ?? {};
  expect(stack?.pointer).toBe(session.symbol("end") - 8n);
});
