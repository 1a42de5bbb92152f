/**
 * The picture fits its terminal, whatever is open in it.
 */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import pc from "picocolors";
import type { Answer } from "../../../sim/serve/messages";
import { Session } from "../../../sim/serve/session";
import { learn, type Known } from "../../../tools/tui/known";
import { menuOf, type MenuName } from "../../../tools/tui/menus";
import { HELP, picture, type View } from "../../../tools/tui/picture";

const MENUS: readonly MenuName[] = ["cards", "draws", "faults", "snapshots", "scenarios"];
const PLAIN = pc.createColors(false);

describe("the picture of a live meter", () => {
  let known: Known;

  before(async () => {
    const session = new Session(tmpdir());
    let so_far: Known | undefined;
    const page = (answer: Answer): void => void (so_far = learn(so_far, answer));
    session.join(page);
    await session.ask({ do: "speed", speed: 0 }, page);
    await session.ask({ do: "advance", by_ms: 60_000 }, page);
    await session.ask({ do: "snapshot" }, page);
    await session.ask({ do: "act", steps: [{ valve: { stuck: true } }, { sensor: { cut: true } }] }, page);
    session.close();
    assert.ok(so_far !== undefined);
    known = { ...so_far, note: "x".repeat(300), is_refusal: true };
  });

  const view = (more: Partial<View> = {}): View => ({ known, flow_l_h: 600, log: "trace", ...more });

  for (const [columns, rows] of [
    [80, 24],
    [48, 16],
    [71, 30],
    [72, 20],
    [200, 60],
    [20, 3],
  ] as const) {
    it(`fits ${columns} by ${rows} with every list open, with a line typed and with the help`, () => {
      const sheet = { lines: HELP, first: 1 };
      const prompt = { label: "service port", text: "y".repeat(200), text_max: 200 };
      const lists = MENUS.map((name) => {
        const shown = menuOf(name, known, { is_copy: false, is_pulled: true });
        return view({ menu: { shown, chosen: Math.max(0, shown.items.length - 1) } });
      });
      for (const each of [view(), view({ log: "events" }), view({ prompt }), view({ sheet }), ...lists]) {
        const lines = picture(each, { columns, rows }, PLAIN);
        assert.equal(lines.length, rows);
        assert.deepEqual(
          lines.filter((line) => line.length >= columns),
          [],
        );
      }
    });
  }

  it("shows the last item of a list that is longer than the screen, chosen", () => {
    const shown = menuOf("scenarios", known, { is_copy: false, is_pulled: false });
    const last = shown.items.length - 1;
    const text = picture(view({ menu: { shown, chosen: last } }), { columns: 80, rows: 24 }, PLAIN).join("\n");
    assert.ok(text.includes(`▸     ${shown.items[last].label}`), text);
    assert.ok(text.includes(`(${last + 1} of ${last + 1})`));
  });

  it("names what is wrong, and every key", () => {
    const sheet = { lines: HELP, first: 0 };
    const text = picture(view({ sheet }), { columns: 100, rows: 40 }, PLAIN).join("\n");
    assert.match(text, /faults: Valve stuck, Sensor cable cut/);
    for (const line of HELP) assert.ok(text.includes(line), line);
  });

  it("has colours where they are wanted, and none where not", () => {
    const colourful = picture(view(), { columns: 80, rows: 24 }, pc.createColors(true)).join("\n");
    assert.ok(colourful.includes("\x1b["));
    assert.ok(!picture(view(), { columns: 80, rows: 24 }, PLAIN).join("\n").includes("\x1b"));
  });
});
