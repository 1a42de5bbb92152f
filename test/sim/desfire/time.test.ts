import assert from "node:assert/strict";
import { answerTimeUs, commandTimeUs, COMMIT_TIME_US, exchangeTimeUs } from "../../../sim/desfire/time";

describe("virtual card: time on the air", () => {
  it("is what a reckoning in parts gives for a commit", () => {
    // 5 bytes of command and 10 of answer, each with PCB and CRC, 9 bits a byte, 2 bits a frame, 128/13.56 us a bit.
    const command_us = ((8 * 9 + 2) * 128 + 1236) / 13.56;
    const answer_us = ((13 * 9 + 2) * 128 + 1172) / 13.56;
    assert.equal(commandTimeUs(5), Math.ceil(command_us));
    assert.equal(answerTimeUs(10), Math.ceil(answer_us));
    const commit = [0x90, 0xc7, 0, 0, 0];
    assert.equal(exchangeTimeUs(commit, 10), commandTimeUs(5) + COMMIT_TIME_US + answerTimeUs(10));
  });

  it("grows with every byte, and by a whole block more where the run has to be chained", () => {
    for (const time of [commandTimeUs, answerTimeUs]) {
      for (let length = 0; length < 200; length++) {
        const step_us = time(length + 1) - time(length);
        assert.ok(length === 61 || length === 122 || length === 183 ? step_us > 400 : step_us < 90, `${length}`);
        assert.ok(step_us > 80);
      }
    }
  });

  it("has a time for any command, however short", () => {
    for (const command of [[], [0x90], [0, 0xa4]]) assert.ok(exchangeTimeUs(command, 2) > 0);
  });
});
