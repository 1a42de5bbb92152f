/** The driver of a module's own modem, with the twin of LuatOS's modules and a broker behind it. */
import assert from "node:assert/strict";
import { RESTART_MAX_MS, RESTART_MIN_MS, SEND_TIMEOUT_MS } from "../../../firmware/modem/bg96";
import { FRAME_MAX_BYTES, REGISTRATION_TIMEOUT_MS } from "../../../firmware/modem/bg96_commands";
import { createModuleModem, moduleKeepalive, SUBSCRIBE_TIMEOUT_MS } from "../../../firmware/modem/module_modem";
import { breakConnection, loseAddress } from "../../../sim/hci/luatos_module";
import { closeAll } from "../../../sim/hci/mqtt_broker";
import { MODULE, MODULE_START_MS, moduleRig, moduleWorking, type ModuleRig } from "./module_rig";

const HOUR_MS = 3_600_000;
const AGAIN_MS = RESTART_MIN_MS + MODULE_START_MS;

describe("modem: a module's own", () => {
  it("waits for its address, connects, sends to its topic in hexadecimal, and hears its own topic and the one for all", () => {
    const rig = moduleWorking();
    assert.deepEqual(rig.send([0, 1, 0x1a, 0x1b, 0x22, 255]), ["sent"]);
    assert.deepEqual(rig.taken, ["00011A1B22FF"]);
    const heard = rig.heard();
    rig.down("0908");
    rig.down("0505", MODULE.broadcast_topic);
    rig.down("0101", "curbstop/meter/00420002/down");
    rig.pass(100);
    assert.deepEqual(heard, [
      [[9, 8], -73],
      [[5, 5], -73],
    ]);
    assert.equal(rig.modem.starts, 1);
  });

  it("a frame that is sent while it starts goes out when it has, and one in a pause has failed", () => {
    const rig = moduleRig();
    assert.deepEqual(rig.send([1]), ["sent"]);
    closeAll(rig.broker);
    rig.pass(100);
    assert.deepEqual([rig.modem.state, ...rig.send([2], 100)], ["pausing", "failed"]);
    rig.pass(AGAIN_MS);
    assert.deepEqual([...rig.send([3]), ...rig.taken], ["sent", "01", "03"]);
  });

  it("answers while the module knows itself", () => {
    const rig = moduleRig();
    assert.equal(rig.modem.port.answers?.(), true);
    rig.module.is_known = false;
    assert.equal(rig.modem.port.answers?.(), false);
  });

  it("an APN is said once, with the radio off; without one nothing is said, and the radio stays on", () => {
    const rig = moduleRig({ apn: "private.example", apn_authentication: "pap", apn_user: "u", apn_password: "p" });
    assert.deepEqual([rig.module.apn, rig.module.radio_offs, rig.module.radio_on], ["private.example", 1, true]);
    assert.deepEqual(rig.send([1]), ["sent"]);
    assert.deepEqual([rig.module.radio_offs, moduleWorking().module.radio_offs], [1, 0]);
  });

  it("an answer behind the broker's receipt is heard: the window opens between the two", () => {
    const rig = moduleWorking();
    const heard: number[][] = [];
    rig.modem.port.on_frame((frame) => heard.push(frame));
    rig.modem.port.send([1], () => {
      rig.modem.port.listen(3000);
      rig.down("AB");
    });
    rig.pass(1000);
    assert.deepEqual(heard, [[0xab]]);
  });

  it("tells the strength that the module has, and the weakest when it has none or a value that is none", () => {
    const rig = moduleWorking();
    const heard = rig.heard();
    for (const signal_dbm of [-60, 0, -999]) {
      rig.module.signal_dbm = signal_dbm;
      rig.down("01");
    }
    assert.deepEqual(
      heard.map(([, rssi_dbm]) => rssi_dbm),
      [-60, -113, -113],
    );
  });

  it("waits for a network for its time, then pauses, twice as long each time", () => {
    const rig = moduleRig({}, (module) => (module.registration = 2));
    rig.pass(REGISTRATION_TIMEOUT_MS - 10_000);
    assert.deepEqual([rig.modem.state, rig.modem.starts], ["starting", 1]);
    rig.pass(20_000 + RESTART_MIN_MS);
    assert.equal(rig.modem.starts, 2);
    rig.module.registration = 5;
    rig.pass(MODULE_START_MS);
    assert.equal(rig.modem.state, "working");
  });

  it("a network that denies it is not asked again at once", () => {
    const rig = moduleRig({}, (module) => (module.registration = 3));
    rig.pass(RESTART_MIN_MS - 1000);
    assert.deepEqual([rig.modem.state, rig.modem.starts], ["pausing", 1]);
  });

  it("a network that denies it, a broker that is down, has other passwords or forbids the topic is tried less and less often", () => {
    const spoil: Record<string, (rig: ModuleRig) => void> = {
      denied: ({ module }) => (module.registration = 3),
      down: ({ broker }) => (broker.down = true),
      password: ({ broker }) => Object.assign(broker, { user: "meters", password: "other" }),
      forbidden: ({ broker }) => broker.forbidden.push(MODULE.broadcast_topic),
    };
    for (const [name, fault] of Object.entries(spoil)) {
      const rig = moduleRig({ user: "meters", password: "secret" });
      fault(rig);
      rig.pass(6 * HOUR_MS);
      assert.ok(rig.modem.starts >= 10 && rig.modem.starts <= 24, `${name}: ${rig.modem.starts} in six hours`);
      assert.notEqual(rig.modem.state, "working", name);
      assert.deepEqual(rig.send([1], 100), ["failed"], name);
      Object.assign(rig.broker, { down: false, password: "secret", forbidden: [] });
      rig.module.registration = 1;
      rig.pass(RESTART_MAX_MS + MODULE_START_MS);
      assert.deepEqual(rig.send([2]), ["sent"], name);
    }
  });

  it("its radio is off in long pauses, and on again behind them", () => {
    const rig = moduleRig({}, (module) => (module.registration = 2));
    let searching_ms = 0;
    for (let second = 0; second < 24 * 3600; second++) {
      rig.pass(1000);
      if (rig.module.radio_on) searching_ms += 1000;
    }
    assert.ok(searching_ms < 6 * HOUR_MS, `${searching_ms} ms of a day without a network`);
    rig.module.registration = 1;
    rig.pass(RESTART_MAX_MS + MODULE_START_MS);
    assert.deepEqual([rig.send([1]), rig.module.radio_on], [["sent"], true]);
  });

  it("by TLS only with the certificate of its settings", () => {
    const rig = moduleRig({ tls: true, ca_file: "utility.pem", port: 8883 });
    rig.broker.tls = true;
    rig.pass(60_000);
    assert.deepEqual([rig.modem.state === "working", rig.broker.accepted], [false, 0]);
    rig.module.files.push("utility.pem");
    rig.pass(5 * 60_000);
    assert.deepEqual([rig.modem.state, rig.broker.accepted], ["working", 1]);
  });

  it("a message without a receipt has failed and breaks the connection, for nothing is sent twice", () => {
    const rig = moduleWorking();
    rig.broker.deaf = true;
    const results: string[] = [];
    rig.modem.port.send([2], (result) => results.push(result));
    rig.pass(SEND_TIMEOUT_MS - 100);
    assert.deepEqual(results, []);
    rig.pass(200);
    assert.deepEqual([results, rig.modem.state], [["failed"], "pausing"]);
    rig.broker.deaf = false;
    rig.pass(AGAIN_MS);
    assert.deepEqual([rig.send([3]), rig.broker.connections.length], [["sent"], 1]);
  });

  it("a receipt that comes late, or of another message, is none of the frame that waits", () => {
    const rig = moduleWorking();
    rig.broker.deaf = true;
    const results: string[] = [];
    rig.modem.port.send([2], (result) => results.push(result));
    rig.pass(1000);
    rig.module.listener?.on_sent(rig.modem.message_id + 1);
    rig.pass(100);
    assert.deepEqual(results, []);
    rig.module.listener?.on_sent(rig.modem.message_id);
    assert.deepEqual(results, ["sent"]);
    rig.module.listener?.on_sent(rig.modem.message_id);
    assert.deepEqual(results, ["sent"]);
  });

  it("a lost connection or address is made anew, once", () => {
    const lose: Record<string, (rig: ModuleRig) => void> = {
      "by the broker": ({ broker }) => {
        closeAll(broker);
      },
      "on its way": ({ module }) => {
        breakConnection(module);
      },
      address: ({ module }) => {
        loseAddress(module);
      },
    };
    for (const [name, fault] of Object.entries(lose)) {
      const rig = moduleWorking();
      fault(rig);
      rig.pass(1000);
      assert.equal(rig.modem.state, "pausing", name);
      rig.pass(AGAIN_MS);
      assert.deepEqual([rig.send([1]), rig.modem.starts, rig.broker.connections.length], [["sent"], 2, 1], name);
    }
  });

  it("what cannot go out has failed, and the connection is made anew", () => {
    const rig = moduleWorking();
    rig.module.refuse_times = 1;
    assert.deepEqual(rig.send([1], 100), ["failed"]);
    rig.module.refuse_times = 1;
    rig.pass(10 * 60_000);
    assert.deepEqual([rig.send([2]), rig.taken, rig.modem.starts], [["sent"], ["02"], 3]);
  });

  it("a firmware that tells of no subscription is believed after a while; one that tells of a part is not", () => {
    const rig = moduleRig({}, (module) => (module.untold = true));
    rig.pass(MODULE_START_MS);
    assert.equal(rig.modem.state, "starting");
    rig.pass(SUBSCRIBE_TIMEOUT_MS);
    assert.deepEqual([rig.modem.state, rig.send([1])], ["working", ["sent"]]);
    const half = moduleRig();
    half.pass(3150);
    half.module.lost_events = 1;
    half.pass(500 + SUBSCRIBE_TIMEOUT_MS);
    assert.deepEqual([half.modem.state, half.module.lost_events], ["pausing", 0]);
  });

  it("a connection that is dead without a word is found by the watch, and before by a frame", () => {
    const rig = moduleWorking({ watch_ms: 60_000 });
    rig.pass(2 * HOUR_MS);
    assert.deepEqual([rig.modem.starts, rig.modem.state], [1, "working"]);
    rig.module.dead = true;
    rig.pass(2 * 600_000 + 60_000);
    assert.notEqual(rig.modem.state, "working");
    rig.module.dead = false;
    rig.pass(HOUR_MS);
    assert.deepEqual(rig.send([1]), ["sent"]);
    rig.module.dead = true;
    assert.deepEqual(rig.send([2]), ["failed"]);
    assert.notEqual(rig.modem.state, "working");
  });

  it("the watch finds a loss that nobody was told of", () => {
    const rig = moduleWorking({ watch_ms: 60_000 });
    rig.module.lost_events = 1;
    breakConnection(rig.module);
    rig.pass(60_000 + AGAIN_MS);
    assert.deepEqual([rig.send([1]), rig.modem.starts], [["sent"], 2]);
  });

  it("an address that is lost is enough, told or found by the watch, whatever the connection says", () => {
    const told = moduleWorking({ watch_ms: 0 });
    told.module.listener?.on_address(false);
    told.pass(1000);
    const found = moduleWorking({ watch_ms: 60_000 });
    found.module.has_address = false;
    found.pass(61_000);
    for (const rig of [told, found]) {
      assert.deepEqual([rig.modem.state, rig.module.state, rig.modem.starts], ["pausing", "closed", 1]);
      rig.module.has_address = true;
      rig.pass(AGAIN_MS);
      assert.deepEqual(rig.send([1]), ["sent"]);
    }
  });

  it("two modules under one client's name do not throw each other out ever faster", () => {
    const rig = moduleWorking();
    closeAll(rig.broker);
    rig.pass(2 * HOUR_MS);
    assert.equal(rig.modem.pause_ms, RESTART_MIN_MS, "a good watch makes the pause short again");
    const rival = moduleWorking({ watch_ms: 0 });
    const before = rival.broker.accepted;
    for (let second = 0; second < 3600; second += 1) {
      if (rival.modem.state === "working") closeAll(rival.broker);
      rival.pass(1000);
    }
    assert.ok(rival.broker.accepted - before <= 10, `${rival.broker.accepted - before} connections in an hour`);
  });

  it("losses at any moment, also within a frame, are survived, and nothing is sent twice", () => {
    const faults: ((rig: ModuleRig) => void)[] = [
      ({ module }) => {
        loseAddress(module);
      },
      ({ broker }) => {
        closeAll(broker);
      },
      ({ module }) => (module.lost_events = 1),
    ];
    for (const [number, fault] of faults.entries())
      for (let at_ms = 0; at_ms <= 6000; at_ms += 30) {
        const rig = moduleRig();
        const results: string[] = [];
        rig.pass(at_ms);
        assert.equal(
          rig.modem.port.send([7], (result) => results.push(result)),
          "started",
        );
        rig.pass(30);
        fault(rig);
        rig.pass(15 * 60_000);
        const at = `fault ${number} at ${at_ms} ms`;
        assert.equal(results.length, 1, at);
        assert.ok(rig.taken.length <= 1, at);
        if (results[0] === "sent") assert.deepEqual(rig.taken, ["07"], at);
        assert.deepEqual([rig.send([8]), rig.broker.connections.length], [["sent"], 1], at);
      }
  });

  it("messages that are not as they should be are dropped, and one with the longest frame is not", () => {
    const rig = moduleWorking();
    const heard = rig.heard();
    for (const text of ["", "1", "1G", "zz", "11".repeat(FRAME_MAX_BYTES + 1), "11".repeat(50_000)]) rig.down(text);
    rig.module.listener?.on_message("", "11");
    rig.module.listener?.on_message(`${MODULE.down_topic}/x`, "11");
    assert.equal(heard.length, 0);
    rig.down("11".repeat(FRAME_MAX_BYTES));
    assert.deepEqual(
      heard.map(([frame]) => frame),
      [new Array<number>(FRAME_MAX_BYTES).fill(0x11)],
    );
  });

  it("without a topic for all it is subscribed to its own alone, and a message of no topic is not for all", () => {
    const rig = moduleWorking({ broadcast_topic: "" });
    const heard = rig.heard();
    rig.down("22");
    rig.module.listener?.on_message("", "11");
    assert.deepEqual(
      heard.map(([frame]) => frame),
      [[0x22]],
    );
  });

  it("the keep-alive is one that LuatOS takes", () => {
    for (const [wanted_s, taken_s] of [
      [0, 600],
      [1, 15],
      [15, 15],
      [240, 240],
      [600, 600],
      [3600, 600],
    ])
      // prettier-ignore
      assert.equal(moduleKeepalive({ ...MODULE, keepalive_s: wanted_s }), taken_s);
    assert.equal(moduleWorking({ keepalive_s: 0 }).module.keepalive_s, 600);
  });

  it("settings out of bounds are refused", () => {
    const { module } = moduleRig();
    assert.throws(() => createModuleModem(module.engine, module.timer, { ...MODULE, host: "" }), /within their bounds/);
  });
});
