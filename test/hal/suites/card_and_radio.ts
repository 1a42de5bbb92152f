/** Contracts of the ports that talk to others: card reader, radio modem. */
import assert from "node:assert/strict";
import type { Suites } from "../contract";

const UID = [4, 161, 178, 195, 212, 229, 246];
const COMMAND = [0x90, 0x60, 0, 0, 0];

export const CARD_RADIO_SUITES: Pick<Suites, "card" | "radio"> = {
  card(make) {
    it("takes commands of at least 64 bytes", () => {
      assert.ok(make().port.apdu_max_bytes >= 64);
    });

    it("shows a card and its UID while it is in the field, and tells of both changes", () => {
      const { port, insert, remove } = make();
      port.on_change(() => assert.fail("the first listener was replaced"));
      const told: boolean[] = [];
      port.on_change(() => told.push(port.present()));
      assert.deepEqual([port.present(), port.uid()], [false, []]);
      insert(UID);
      assert.deepEqual([port.present(), port.uid()], [true, UID]);
      remove();
      assert.deepEqual([port.present(), port.uid()], [false, []]);
      assert.deepEqual(told, [true, false]);
    });

    it("answers absent without a card, and never calls back then", () => {
      const { port, pass } = make();
      assert.equal(
        port.transmit(COMMAND, 1000, () => assert.fail()),
        "absent",
      );
      pass(5000);
    });

    it("calls back once, later, with the card's answer", () => {
      const { port, pass, insert } = make();
      insert(UID);
      const done: [string, number][] = [];
      assert.equal(
        port.transmit(COMMAND, 1000, (result, answer) => done.push([result, answer.length])),
        "started",
      );
      assert.deepEqual(done, [], "not inside the call");
      pass(5000);
      assert.equal(done.length, 1);
      assert.ok(done[0][0] === "ok" && done[0][1] >= 2, "an answer has at least its status");
    });

    it("is busy while a command is under way, and free in its callback", () => {
      const { port, pass, insert } = make();
      insert(UID);
      const done: string[] = [];
      port.transmit(COMMAND, 1000, () => {
        done.push("first");
        assert.equal(
          port.transmit(COMMAND, 1000, () => done.push("second")),
          "started",
        );
      });
      assert.equal(
        port.transmit(COMMAND, 1000, () => assert.fail()),
        "busy",
      );
      pass(5000);
      assert.deepEqual(done, ["first", "second"]);
    });

    it("reports a card that is pulled in the middle of a command as removed, once, with an empty answer", () => {
      const { port, pass, insert, remove } = make();
      insert(UID);
      const done: unknown[] = [];
      port.transmit(COMMAND, 1000, (result, answer) => done.push(result, answer));
      remove();
      pass(5000);
      assert.deepEqual(done, ["removed", []]);
      insert(UID);
      assert.equal(
        port.transmit(COMMAND, 1000, () => undefined),
        "started",
      );
    });
  },

  radio(make) {
    it("calls back once, later, when the frame is sent, and is busy until then", () => {
      const { port, pass, frame } = make();
      const done: string[] = [];
      assert.equal(
        port.send(frame(1), (result) => done.push(result)),
        "started",
      );
      assert.equal(
        port.send(frame(2), () => assert.fail()),
        "busy",
      );
      assert.deepEqual(done, [], "not inside the call");
      pass(60000);
      assert.deepEqual(done, ["sent"]);
      assert.equal(
        port.send(frame(2), () => undefined),
        "started",
      );
    });

    it("says that its modem answers, where there is one to ask", () => {
      const { answers } = make().port;
      if (answers !== undefined) assert.equal(answers(), true);
    });

    it("sends its longest frame", () => {
      const { port, pass, longest } = make();
      const done: string[] = [];
      assert.equal(longest.length, port.frame_max_bytes);
      port.send(longest, (result) => done.push(result));
      pass(60000);
      assert.deepEqual(done, ["sent"]);
    });

    it("hears a frame inside a receive window, with its strength, and nothing outside", () => {
      const { port, pass, arrive, frame, lag_ms } = make();
      const heard: number[][] = [];
      port.on_frame((bytes, rssi_dbm) => {
        assert.ok(rssi_dbm < 0);
        heard.push(bytes);
      });
      arrive(frame(1));
      port.listen(1000);
      arrive(frame(2));
      pass(999 - 2 * lag_ms);
      arrive(frame(3));
      pass(1);
      arrive(frame(4));
      pass(1000);
      assert.deepEqual(heard, [frame(2), frame(3)]);
    });

    it("closes the window at a window of 0", () => {
      const { port, pass, arrive, frame } = make();
      port.on_frame(() => assert.fail("the window is closed"));
      port.listen(1000);
      port.listen(0);
      arrive(frame(1));
      pass(1000);
    });
  },
};
