import assert from "node:assert/strict";
import sinon from "sinon";
import {
  ATTENTION_REFRESH_MS,
  createDisplayState,
  MESSAGE_MS,
  REFRESH_MS,
  refreshAt,
  showMessage,
  writeDisplay,
} from "../../../firmware/display/display";

describe("display state", () => {
  it("writes a text once and again only when text or annunciators change", () => {
    const state = createDisplayState();
    const show = sinon.spy();
    for (const [text, lit] of [
      ["A", ""],
      ["A", ""],
      ["A", "V"],
      ["B", "V"],
      ["B", "V"],
    ]) {
      state.annunciators = lit;
      writeDisplay(state, { show }, text);
    }
    assert.deepEqual(show.args, [
      ["A", ""],
      ["A", "V"],
      ["B", "V"],
    ]);
  });

  it("is not stale after a write", () => {
    const state = { ...createDisplayState(), stale: true };
    writeDisplay(state, { show: sinon.spy() }, "A");
    assert.equal(state.stale, false);
  });

  it("takes no text of more than eight characters", () => {
    const state = createDisplayState();
    assert.throws(() => writeDisplay(state, { show: sinon.spy() }, "123456789"));
    assert.throws(() => showMessage(state, "123456789", 0));
  });

  it("keeps a message for its time", () => {
    const state = createDisplayState();
    showMessage(state, "REFUSED", 1000);
    assert.deepEqual([state.message, state.message_until_ms], ["REFUSED", 1000 + MESSAGE_MS]);
  });

  it("is due within a minute, or a second while someone looks", () => {
    const state = { ...createDisplayState(), attention_until_ms: 5000 };
    assert.equal(refreshAt(state, 4999), 4999 + ATTENTION_REFRESH_MS);
    assert.equal(refreshAt(state, 5000), 5000 + REFRESH_MS);
  });
});
