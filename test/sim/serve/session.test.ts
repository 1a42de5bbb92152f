/**
 * A session without a browser: pace, snapshots, recordings, and scenarios from the list and from text.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineByName } from "../../../sim/engines/engine";
import { runScenario } from "../../../sim/run";
import type { Answer, Request, State } from "../../../sim/serve/messages";
import { Session } from "../../../sim/serve/session";

const SCENARIOS = join(__dirname, "..", "..", "..", "sim", "scenarios");

describe("a session", () => {
  let folder = "";
  let session: Session;
  let answers: Answer[] = [];
  const page = (answer: Answer): void => void answers.push(answer);
  const ask = (request: Request): Promise<void> => session.ask(request, page);
  const last = <Kind extends Answer["kind"]>(kind: Kind): Extract<Answer, { kind: Kind }> => {
    const found = answers.filter((answer) => answer.kind === kind).at(-1);
    assert.ok(found, `an answer of the kind ${kind}`);
    return found as Extract<Answer, { kind: Kind }>;
  };
  const state = (): State => last("state").state;
  const refusal = (): string => last("refused").text;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "curbstop-session-"));
    answers = [];
    session = new Session(folder);
    session.join(page);
    await ask({ do: "speed", speed: 0 });
    await ask({ do: "advance", by_ms: 10_000 });
  });
  afterEach(() => {
    session.close();
    rmSync(folder, { recursive: true });
  });

  it("stands still when it is paused, and goes as far as it is told", async () => {
    const { t } = state();
    assert.equal(t, 10_000);
    await ask({ do: "advance", by_ms: 3_600_000 });
    assert.equal(state().t, t + 3_600_000);
    await ask({ do: "next_event" });
    assert.ok(state().t > t + 3_600_000);
  });

  it("takes cards of the tray, and a card that comes in pushes the other out", async () => {
    await ask({ do: "card", card: "tray/foreign.card", copy: false, pull_bytes: null });
    await ask({ do: "advance", by_ms: 3000 });
    assert.equal(state().texts.card, "foreign_region");
    await ask({ do: "card", card: "tray/household.card", copy: false, pull_bytes: null });
    await ask({ do: "advance", by_ms: 3000 });
    assert.equal(state().texts.card, "accepted");
    assert.equal(state().numbers.balance_milli, 600_000);
    assert.equal(state().card_id, "tray/household.card");
  });

  it("brings a snapshot back with its tap, its card and its time", async () => {
    await ask({ do: "tap", flow_l_h: 600 });
    await ask({ do: "card", card: "tray/household.card", copy: false, pull_bytes: null });
    await ask({ do: "advance", by_ms: 60_000 });
    const { t, numbers } = state();
    await ask({ do: "snapshot" });
    await ask({ do: "tap", flow_l_h: 0 });
    await ask({ do: "act", steps: [{ power_cut: { off_ms: 5000 } }] });
    await ask({ do: "advance", by_ms: 7_200_000 });
    await ask({ do: "restore", snapshot: last("snapshots").snapshots[0].id });
    assert.deepEqual({ t: state().t, numbers: state().numbers }, { t, numbers });
    assert.equal(state().tap_l_h, 600);
    assert.equal(state().card_id, "tray/household.card");
    assert.equal(
      last("welcome").welcome.samples.every((sample) => sample.t <= t),
      true,
    );
  });

  it("records what was done, with its cards, and the file gives the same books and trace", async () => {
    await ask({ do: "card", card: "tray/household.card", copy: false, pull_bytes: null });
    await ask({ do: "tap", flow_l_h: 1200 });
    await ask({ do: "advance", by_ms: 1_800_000 });
    await ask({ do: "tap", flow_l_h: 0 });
    await ask({ do: "advance", by_ms: 60_000 });
    await ask({ do: "record", name: "one" });
    const { file, same, command } = last("recorded");
    assert.equal(same, true);
    assert.equal(command, `npx curbstop sim run ${file}`);
    const result = await runScenario({ file, engine: engineByName("node") });
    assert.deepEqual(result.expectations.failed, []);
    assert.equal(result.balance_milli, state().numbers.balance_milli);
    assert.equal(result.volume_l, 600);
    assert.equal(statSync(join(folder, "one-cards", "household.card")).mode % 0o1000, 0o600);
  });

  it("goes on from a recording, and records that again", async () => {
    await ask({ do: "act", steps: [{ draw: { flow_l_h: 600, duration_s: 60 } }] });
    await ask({ do: "advance", by_ms: 90_000 });
    await ask({ do: "record", name: "one" });
    await ask({ do: "load", scenario: "recorded/one.json" });
    await ask({ do: "advance", by_ms: 50_000 });
    await ask({ do: "act", steps: [{ keys: "*" }] });
    await ask({ do: "record", name: "two" });
    assert.equal(last("recorded").same, true);
  });

  it("records a scenario with a flow as far as it has gone", async () => {
    await ask({ do: "load", scenario: "replay-shutoff.json" });
    await ask({ do: "advance", by_ms: 43_200_000 });
    await ask({ do: "act", steps: [{ keys: "##8" }] });
    await ask({ do: "record", name: "flow" });
    assert.equal(last("recorded").same, true);
    assert.equal(existsSync(join(folder, "flow-flow.csv")), true);
  });

  it("does nothing at all of what cannot be done, and says why", async () => {
    const lines = state().trace_lines;
    await ask({ do: "act", steps: [{ card: { out: true } }] });
    assert.match(refusal(), /no card in the slot \(put one in\)/);
    await ask({ do: "load", scenario: "../x.json" });
    assert.match(refusal(), /no such scenario on the list/);
    await ask({ do: "load_text", name: "x.json", text: '{ "name": 1 }' });
    assert.match(refusal(), /^x\.json:1: /);
    const text = readFileSync(join(SCENARIOS, "cards.json"), "utf8");
    await ask({ do: "load_text", name: "cards.json", text });
    assert.match(refusal(), /is not in the tray \(use curbstop sim serve --scenario FILE\)/);
    await ask({ do: "record", name: "one" });
    await ask({ do: "record", name: "one" });
    assert.match(refusal(), /one\.json: is there already/);
    assert.equal(state().trace_lines, lines);
  });

  it("runs a scenario from text to its end, and its expectations are those of the file", async () => {
    const text = readFileSync(join(SCENARIOS, "emergency.json"), "utf8");
    await ask({ do: "load_text", name: "emergency.json", text });
    await ask({ do: "advance", by_ms: 31 * 86_400_000 });
    assert.equal(state().ended, true);
    const { met, failed } = (
      await runScenario({ file: join(SCENARIOS, "emergency.json"), engine: engineByName("node") })
    ).expectations;
    const seen = answers.flatMap((answer) => (answer.kind === "state" ? answer.expectations : []));
    assert.deepEqual({ met: seen.length, failed: [] }, { met, failed });
    assert.equal(last("welcome").welcome.expected <= met, true);
    await ask({ do: "act", steps: [{ keys: "*" }] });
    assert.match(refusal(), /has come to its end/);
    await ask({ do: "reset" });
    assert.equal(state().t, 0);
  });

  it("replays a flow CSV, records it, and brings a snapshot from before it back without it", async () => {
    await ask({ do: "snapshot" });
    await ask({ do: "flow_csv", name: "day.csv", text: "epoch_s,flow_ml\n100,3000\n101,4000\n160,5000\n" });
    await ask({ do: "advance", by_ms: 120_000 });
    assert.equal(state().numbers.volume_l, 12);
    await ask({ do: "record", name: "day" });
    assert.equal(last("recorded").same, true);
    assert.match(
      readFileSync(join(folder, "day-flow.csv"), "utf8"),
      /^epoch_s,flow_ml\n\d+,3000\n\d+,4000\n\d+,5000\n$/,
    );
    await ask({ do: "restore", snapshot: last("snapshots").snapshots[0].id });
    await ask({ do: "advance", by_ms: 120_000 });
    assert.equal(state().numbers.volume_l, 0);
  });

  it("refuses a flow CSV in one line that names row and column, and changes nothing", async () => {
    const lines = state().trace_lines;
    for (const [text, message] of [
      ["", /^day\.csv:1: the file is empty/],
      ["time,ml\n1,2\n", /^day\.csv:1: the header must be epoch_s,flow_ml/],
      ["epoch_s,flow_ml\n1,2\n2,x\n", /^day\.csv:3: flow_ml: must be a whole number \(got "x"\)$/],
      ["epoch_s,flow_ml\n5,2\n4,2\n", /^day\.csv:3: epoch_s: must be later/],
      ["epoch_s,flow_ml\n5,99999\n", /^day\.csv:2: flow_ml: must be 0 to 10000/],
    ] as const) {
      await ask({ do: "flow_csv", name: "day.csv", text });
      assert.match(refusal(), message);
      assert.doesNotMatch(refusal(), /\n/);
    }
    assert.equal(state().trace_lines, lines);
  });

  it("keeps the charts small however long it runs", async () => {
    for (let turn = 0; turn < 4500; turn++) {
      await ask({ do: "act", steps: [{ draw: { flow_l_h: 1, duration_s: 30 } }] });
      await ask({ do: "advance", by_ms: 60_000 });
    }
    session.join(page);
    const { samples } = last("welcome").welcome;
    assert.ok(samples.length <= 4000 && samples.length > 1000, `${samples.length} samples`);
    assert.equal(
      samples.every((sample, index) => index === 0 || sample.t >= samples[index - 1].t),
      true,
    );
  });
});
