/** What the inspector knows and where it stands; the components show it and tell it what the person does. */
import type { InspectorContext, Target } from "../messages.js";
import { formatAddress, parseAddress } from "../model/address.js";
import { AnnotationCache, PointerCache } from "../model/annotations.js";
import { History, type SavedHistory } from "../model/history.js";
import { encodeBase64, readWithHoles } from "../model/memory-client.js";
import { PageCache, unreadable } from "../model/page-cache.js";
import type { BytesPerRow } from "../model/scroll-window.js";
import { type StackRegion, stackRegions } from "../model/stack-map.js";
import type { Connection } from "./connection.js";

/** What outlives a reload of the page. */
interface SavedState {
  readonly target: Target;
  readonly bytesPerRow: BytesPerRow;
  readonly history: SavedHistory<Target>;
}

const stackPointerTarget: Target = { expression: "$rsp", follow: true };

export class Store {
  context: InspectorContext = { state: "none", stops: 0, revision: 0, threads: [] };
  target: Target = stackPointerTarget;
  /** The address of the target, when it has one. */
  address: bigint | undefined;
  /** Why it has none. */
  problem: string | undefined;
  bytesPerRow: BytesPerRow = 8;
  regions: readonly StackRegion[] = [];
  history = new History<Target>();
  readonly memory: PageCache;
  readonly annotations: AnnotationCache;
  readonly pointers: PointerCache;
  private updateScheduled = false;

  constructor(
    private readonly connection: Connection,
    /** Called at most once a frame after something changed. */
    private readonly changed: () => void,
    /** Called when the address of the target is to be in sight; `jump` when the person asked for it. */
    private readonly reveal: (address: bigint, jump: boolean) => void,
  ) {
    const update = (): void => this.update();
    const ask = (request: { address: string; count: number }) => connection.request("read", request);
    this.memory = new PageCache((start, count) => readWithHoles(ask, start, count), update);
    this.annotations = new AnnotationCache(
      (start, count) => connection.request("annotate", { address: formatAddress(start), count }),
      update,
    );
    this.pointers = new PointerCache(async (page) => (await readWithHoles(ask, page, 1))[0] !== unreadable, update);
    this.restore(connection.load() as Partial<SavedState> | undefined);
    connection.start({
      contextChanged: (context) => this.contextChanged(context),
      showRequested: (target) => this.goTo(target),
    });
  }

  get isStopped(): boolean {
    return this.context.state === "stopped";
  }

  /** The stack of the thread that the target belongs to, or of the focused one. */
  get focusedRegion(): StackRegion | undefined {
    const id = this.target.threadId ?? this.context.focusedThread;
    return this.regions.find(({ threadId }) => threadId === id);
  }

  /** Shows another target; the way back leads here. */
  goTo(target: Target): void {
    const same = target.expression === this.target.expression && target.threadId === this.target.threadId;
    if (!same) this.history.leave(this.target);
    this.setTarget(target);
  }

  goBack(): void {
    const place = this.history.back(this.target);
    if (place !== undefined) this.setTarget(place);
  }

  goForward(): void {
    const place = this.history.forward(this.target);
    if (place !== undefined) this.setTarget(place);
  }

  setFollow(follow: boolean): void {
    this.target = { ...this.target, follow };
    this.save();
    if (follow) void this.evaluate(true);
    this.update();
  }

  setBytesPerRow(bytesPerRow: BytesPerRow): void {
    this.bytesPerRow = bytesPerRow;
    this.save();
    this.update();
  }

  /** Writes bytes of the guest; rejects with the adapter's reason. */
  async write(address: bigint, bytes: Uint8Array): Promise<void> {
    await this.connection.request("write", { address: formatAddress(address), data: encodeBase64(bytes) });
    this.memory.reload();
    this.annotations.expire();
    this.update();
  }

  private setTarget(target: Target): void {
    this.target = target;
    this.save();
    this.update();
    void this.evaluate(true);
  }

  private contextChanged(context: InspectorContext): void {
    const previous = this.context;
    this.context = context;
    if (context.state === "stopped") {
      const sameSession = previous.sessionId === context.sessionId;
      if (!sameSession) {
        this.memory.clear();
        this.annotations.clear();
        this.pointers.clear();
      } else if (previous.stops !== context.stops) {
        this.memory.advance();
      } else if (previous.revision !== context.revision) {
        this.memory.reload();
      }
      this.annotations.expire();
      this.pointers.expire();
      this.regions = stackRegions(context.threads);
      // A thread that has ended cannot be shown any longer.
      const { threadId } = this.target;
      if (threadId !== undefined && !context.threads.some(({ id }) => id === threadId)) {
        this.target = { ...this.target, threadId: undefined };
      }
      if (this.target.follow || this.address === undefined || !sameSession) void this.evaluate(false);
    } else if (context.state === "none") {
      this.address = undefined;
      this.problem = undefined;
      this.regions = [];
    }
    this.update();
  }

  private async evaluate(jump: boolean): Promise<void> {
    const { target } = this;
    const { expression, threadId } = target;
    const literal = parseAddress(expression);
    if (literal === undefined && !this.isStopped) return;
    try {
      const address = literal ?? parseAddress(await this.connection.request("evaluate", { expression, threadId }));
      if (target !== this.target) return;
      if (address === undefined) throw new Error(`${expression} is no address.`);
      this.address = address;
      this.problem = undefined;
      this.reveal(address, jump);
    } catch (error) {
      if (target !== this.target) return;
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.update();
  }

  private restore(saved: Partial<SavedState> | undefined): void {
    if (saved?.target !== undefined) this.target = saved.target;
    if (saved?.bytesPerRow !== undefined) this.bytesPerRow = saved.bytesPerRow;
    this.history = new History(saved?.history);
  }

  private save(): void {
    const state: SavedState = {
      target: this.target,
      bytesPerRow: this.bytesPerRow,
      history: this.history.save(),
    };
    this.connection.save(state);
  }

  private update(): void {
    if (this.updateScheduled) return;
    this.updateScheduled = true;
    requestAnimationFrame(() => {
      this.updateScheduled = false;
      this.changed();
    });
  }
}
