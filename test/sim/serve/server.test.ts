/**
 * The server answers to its own page on this machine, and to nobody else; the page is light, and says where it may load
 * from.
 */
import assert from "node:assert/strict";
import { get, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import type { Answer } from "../../../sim/serve/messages";
import { buildPage, loadPage } from "../../../sim/serve/page_files";
import { isOwnHost, isOwnOrigin, serve, type Served } from "../../../sim/serve/server";
import { Session } from "../../../sim/serve/session";

const WEIGHT_MAX_BYTES = 300_000;

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

function ask(port: number, path: string, headers: Record<string, string> = {}): Promise<Reply> {
  return new Promise((done, fail) => {
    get({ host: "127.0.0.1", port, path, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => done({ status: response.statusCode ?? 0, headers: response.headers, text }));
    }).on("error", fail);
  });
}

/** "open", or the status with which the socket was refused. */
function socketOutcome(url: string, origin: string | undefined, host?: string): Promise<string> {
  return new Promise((done) => {
    const socket = new WebSocket(url, { ...(origin && { origin }), ...(host && { headers: { Host: host } }) });
    socket.on("open", () => {
      socket.terminate();
      done("open");
    });
    socket.on("unexpected-response", (_, response) => done(String(response.statusCode)));
    socket.on("error", () => done("error"));
  });
}

describe("the simulator's server", function () {
  let folder = "";
  let served: Served;
  let page: ReturnType<typeof loadPage>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "curbstop-server-"));
    page = loadPage(buildPage(() => undefined));
    served = await serve(new Session(folder), page, 0);
  });
  after(async () => {
    await served.close();
    rmSync(folder, { recursive: true });
  });

  it("serves a page of less than 300 KB, compressed", () => {
    const weight = [...page.values()].reduce((sum, { gzipped }) => sum + gzipped.length, 0);
    assert.ok(weight > 10_000 && weight < WEIGHT_MAX_BYTES, `${weight} bytes`);
  });

  it("lets the page load from itself alone", async () => {
    const { status, headers } = await ask(served.port, "/");
    const policy = String(headers["content-security-policy"]);
    assert.equal(status, 200);
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  });

  it("serves what was built, and no path that leads elsewhere", async () => {
    for (const path of ["/../package.json", "/%2e%2e/package.json", "/assets/../../../package.json", "/session"]) {
      assert.equal((await ask(served.port, path)).status, 404, path);
    }
    for (const path of page.keys()) assert.equal((await ask(served.port, path)).status, 200, path);
  });

  it("refuses a Host that is not this machine, and an Origin that is not its page", async () => {
    const { port } = served;
    assert.equal((await ask(port, "/", { Host: `evil.example:${port}` })).status, 403);
    assert.equal((await ask(port, "/", { Host: "127.0.0.1" })).status, 403);
    assert.equal((await ask(port, "/", { Origin: "http://evil.example" })).status, 403);
    assert.equal((await ask(port, "/", { Host: `localhost:${port}` })).status, 200);
    assert.equal((await ask(port, "/", { Origin: `http://127.0.0.1:${port}` })).status, 200);
  });

  it("knows itself on HTTP's own port, which browsers leave out", () => {
    for (const name of ["127.0.0.1", "localhost"]) {
      assert.deepEqual([isOwnHost(name, 80), isOwnHost(`${name}:80`, 80), isOwnHost(name, 8080)], [true, true, false]);
      assert.deepEqual([isOwnOrigin(`http://${name}`, 80), isOwnOrigin(`https://${name}`, 80)], [true, false]);
    }
    assert.deepEqual([isOwnHost("evil.example", 80), isOwnOrigin("http://evil.example", 80)], [false, false]);
  });

  it("opens its socket to its own page alone", async () => {
    const { port } = served;
    const url = `ws://127.0.0.1:${port}/session`;
    assert.equal(await socketOutcome(url, `http://127.0.0.1:${port}`), "open");
    assert.equal(await socketOutcome(url, `http://localhost:${port}`), "open");
    for (const origin of [
      undefined,
      "null",
      "http://evil.example",
      `http://127.0.0.1:${port + 1}`,
      `https://127.0.0.1:${port}`,
    ]) {
      assert.equal(await socketOutcome(url, origin), "403", String(origin));
    }
    assert.equal(await socketOutcome(url, `http://127.0.0.1:${port}`, `evil.example:${port}`), "403");
  });

  it("is not reached by another address of this machine", async function () {
    const others = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const other = others.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
    if (other === undefined) this.skip(); // A machine without a network has no other address.
    const outcome = await new Promise<string>((done) => {
      const socket = connect(served.port, other);
      socket.on("connect", () => done("connected"));
      socket.on("error", (error: NodeJS.ErrnoException) => done(error.code ?? "error"));
    });
    assert.equal(outcome, "ECONNREFUSED");
  });

  it("answers what it cannot read with one line, and goes on", async () => {
    const { port } = served;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/session`, { origin: `http://127.0.0.1:${port}` });
    const refusals: string[] = [];
    const said = new Promise<void>((done) => {
      socket.on("message", (data: Buffer) => {
        const answer = JSON.parse(data.toString("utf8")) as Answer;
        if (answer.kind !== "refused") return;
        refusals.push(answer.text);
        if (refusals.length === BAD.length) done();
      });
    });
    await new Promise((open) => socket.on("open", open));
    for (const message of BAD) socket.send(message);
    await said;
    socket.terminate();
    for (const text of refusals) assert.doesNotMatch(text, /\n/);
    assert.match(refusals[0], /not JSON/);
    assert.match(refusals.at(-1)!, /card in the slot/);
  });
});

/** Each is wrong in its own way; the last is a good message that the meter cannot follow. */
const BAD: readonly string[] = [
  "{",
  "[]",
  '{"do":"fly"}',
  '{"do":"speed","speed":-1}',
  '{"do":"speed","speed":1,"more":1}',
  '{"do":"record","name":"../up"}',
  '{"do":"load","scenario":"../../package.json"}',
  '{"do":"load_text","name":"x","text":"{"}',
  '{"do":"act","steps":[]}',
  '{"do":"act","steps":[{"credit":{"sequence":1,"amount_milli":5}}]}',
  '{"do":"act","steps":[{"card":{"in":{"image":"/etc/passwd"}}}]}',
  '{"do":"act","steps":[{"keys":"1","lock":true}]}',
  '{"do":"act","steps":[{"valve":{"stuck":true,"slow":true}}]}',
  '{"do":"act","steps":[{"at":5,"keys":"x"}]}',
  '{"do":"card","card":"../../x.card","copy":false,"pull_bytes":null}',
  '{"do":"restore","snapshot":99}',
  '{"do":"sell_card","amount_milli":0}',
  '{"do":"sell_card","amount_milli":1e99}',
  '{"do":"issue_token","order":{"use":"key_change","amount":0,"reason":""}}',
  '{"do":"push_tariff","wish":{"manner":"good","version":1,"start_local_s":null,"standing_milli":0,"blocks":[]}}',
  '{"do":"flow_csv","name":"","text":""}',
  '{"do":"sell_card","amount_milli":5}',
  '{"do":"act","steps":[{"card":{"out":true}}]}',
];
