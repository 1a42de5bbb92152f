/**
 * Several meters behind one server: each answers to its own pages, and their number has a limit.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import type { Answer, Request } from "../../../sim/serve/messages";
import { Meters, METERS_MAX } from "../../../sim/serve/meters";
import { serve, type Served } from "../../../sim/serve/server";
import { Session } from "../../../sim/serve/session";
import { expect } from "../page/wait";

class Page {
  readonly answers: Answer[] = [];
  closed_why = "";
  private readonly socket: WebSocket;

  constructor({ port }: Served, path: string) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/${path}`, { origin: `http://127.0.0.1:${port}` });
    this.socket.on("message", (data: Buffer) => this.answers.push(JSON.parse(data.toString("utf8")) as Answer));
    this.socket.on("close", (_, why) => (this.closed_why = why.toString("utf8") || "closed"));
    this.socket.on("error", () => undefined);
  }

  ask(request: Request): void {
    this.socket.send(JSON.stringify(request));
  }

  last<Kind extends Answer["kind"]>(kind: Kind): Extract<Answer, { kind: Kind }> | undefined {
    const found = this.answers.filter((answer): answer is Extract<Answer, { kind: Kind }> => answer.kind === kind);
    return found.at(-1);
  }

  close(): void {
    this.socket.terminate();
  }
}

describe("meters behind one server", () => {
  let folder = "";
  let served: Served;
  const pages: Page[] = [];

  const openPage = async (path: string): Promise<Page> => {
    const page = new Page(served, path);
    pages.push(page);
    await expect(path, () => Promise.resolve(page.last("meters") !== undefined || page.closed_why !== ""));
    return page;
  };
  const comes = (what: string, is_so: () => boolean): Promise<void> => expect(what, () => Promise.resolve(is_so()));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "curbstop-meters-"));
    const another = (): Promise<Session> => Promise.resolve(new Session(folder));
    served = await serve(new Meters(await another(), another), new Map(), 0);
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) page.close();
    await served.close();
    rmSync(folder, { recursive: true });
  });

  it("are added by any page, told to all, and each goes its own way", async () => {
    const first = await openPage("session");
    assert.deepEqual(first.last("meters"), { kind: "meters", count: 1, count_max: METERS_MAX });
    const same = await openPage("session/1");
    first.ask({ do: "add_meter" });
    await comes("both pages are told", () => [first, same].every((page) => page.last("meters")?.count === 2));
    const second = await openPage("session/2");
    for (const page of [first, second]) page.ask({ do: "speed", speed: 0 });
    second.ask({ do: "advance", by_ms: 3_600_000 });
    await comes("the second one is an hour ahead", () => (second.last("state")?.state.t ?? 0) >= 3_600_000);
    first.ask({ do: "welcome" });
    await comes("the first one is not", () => first.answers.filter(({ kind }) => kind === "welcome").length === 2);
    assert.ok((first.last("welcome")?.state.t ?? Infinity) < 3_600_000);
    assert.ok((same.last("state")?.state.t ?? Infinity) < 3_600_000);
  });

  it("are so many and no more, and no page gets one that is not there", async () => {
    const page = await openPage("session");
    for (let meter = 1; meter < METERS_MAX; meter++) page.ask({ do: "add_meter" });
    await comes("all of them", () => page.last("meters")?.count === METERS_MAX);
    page.ask({ do: "add_meter" });
    await comes("a refusal", () => page.last("refused") !== undefined);
    assert.match(page.last("refused")?.text ?? "", /there are 4 meters, and no more/);
    for (const path of ["session/5", "session/0", "session/-1", "session/x", "session/999999"]) {
      const refused = await openPage(path);
      assert.match(refused.closed_why, /there is no such meter/, path);
      assert.deepEqual(refused.answers, []);
    }
  });

  it("is one where the server is given one", async () => {
    const alone = await serve(new Session(folder), new Map(), 0);
    const page = new Page(alone, "session");
    await comes("its number", () => page.last("meters") !== undefined);
    assert.deepEqual(page.last("meters"), { kind: "meters", count: 1, count_max: 1 });
    page.ask({ do: "add_meter" });
    await comes("a refusal", () => page.last("refused") !== undefined);
    page.close();
    await alone.close();
  });
});
