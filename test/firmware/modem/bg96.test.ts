/** The BG96 driver, with the module's emulator and a broker behind it. */
import assert from "node:assert/strict";
import {
  RESTART_MAX_MS,
  RESTART_MIN_MS,
  SEND_TIMEOUT_MS,
  createBg96,
  type Bg96Settings,
} from "../../../firmware/modem/bg96";
import {
  FRAME_MAX_BYTES,
  PATIENCE_MS,
  REGISTRATION_TIMEOUT_MS,
  bg96SettingsFault,
  publishCommand,
} from "../../../firmware/modem/bg96_commands";
import { LINE_MAX_CHARACTERS, takeLines } from "../../../firmware/modem/at_lines";
import { putCertificate, putFile } from "../../../sim/hci/bg96_files";
import { dipPower, loseAddress, loseConnection } from "../../../sim/hci/bg96_life";
import { closeAll } from "../../../sim/hci/mqtt_broker";
import { flipBits, loseByte } from "../../../sim/pn532/pipe";
import { BG96, BG96_START_MS, bg96Rig, bg96Working, type Bg96Rig } from "./rig";

const HOUR_MS = 3_600_000;
const AGAIN_MS = RESTART_MIN_MS + BG96_START_MS;

const certificate = (words: string): string => `-----BEGIN CERTIFICATE-----\n${words}\n-----END CERTIFICATE-----\n`;

const say = (rig: Bg96Rig, ...lines: string[]): void => {
  takeLines(rig.modem.reader, [...Buffer.from(lines.map((line) => `\r\n${line}\r\n`).join(""))]);
};

describe("modem: BG96", () => {
  it("registers, connects, sends to its topic in hexadecimal, and hears its own topic and the one for all", () => {
    const rig = bg96Working();
    assert.deepEqual(rig.send([0, 1, 0x1a, 0x1b, 0x22, 255]), ["sent"]);
    assert.deepEqual(rig.taken, ["00011A1B22FF"]);
    const heard = rig.heard();
    rig.down("0908");
    rig.down("0505", BG96.broadcast_topic);
    rig.down("0101", "curbstop/meter/00420002/down");
    rig.pass(100);
    assert.deepEqual(heard, [
      [9, 8],
      [5, 5],
    ]);
  });

  it("a frame that is sent while the module starts goes out when it has", () => {
    const rig = bg96Rig();
    assert.deepEqual(rig.send([1]), ["sent"]);
    assert.deepEqual(rig.taken, ["01"]);
  });

  it("answers as a BG96 from its first words on, with a network or without, until it falls silent", () => {
    const rig = bg96Rig();
    assert.equal(rig.modem.port.answers?.(), false);
    rig.module.registration = 2;
    rig.pass(BG96_START_MS);
    assert.deepEqual([rig.modem.state, rig.modem.port.answers?.()], ["starting", true]);
    rig.module.silent = true;
    rig.pass(REGISTRATION_TIMEOUT_MS);
    assert.equal(rig.modem.port.answers?.(), false);
    rig.module.silent = false;
    rig.pass(HOUR_MS);
    assert.equal(rig.modem.port.answers?.(), true);
  });

  it("another module on its line does not answer as a BG96", () => {
    const rig = bg96Rig();
    rig.module.unknown = ["AT+CGMM"];
    rig.pass(HOUR_MS);
    assert.equal(rig.modem.port.answers?.(), false);
  });

  it("an answer in the same bytes as the broker's receipt is heard: the window opens between the two", () => {
    const rig = bg96Working();
    const heard: number[][] = [];
    rig.modem.port.on_frame((frame) => heard.push(frame));
    rig.broker.deaf = true;
    rig.modem.port.send([1], (result) => {
      assert.equal(result, "sent");
      rig.modem.port.listen(3000);
    });
    rig.pass(2000);
    const lines = `\r\n+QMTPUB: 0,1,0\r\n\r\n+QMTRECV: 0,1,"${BG96.down_topic}","AB"\r\n`;
    rig.module.line.write([...Buffer.from(lines)]);
    rig.pass(100);
    assert.deepEqual(heard, [[0xab]]);
  });

  it("tells the strength that the module last had, and the weakest when it knows none", () => {
    const rig = bg96Rig({ watch_ms: 60_000 });
    const strengths: number[] = [];
    rig.modem.port.on_frame((_frame, rssi_dbm) => strengths.push(rssi_dbm));
    rig.modem.port.listen(HOUR_MS);
    for (const signal of [20, 31, 99, 0]) {
      rig.module.signal = signal;
      rig.pass(70_000);
      rig.down("01");
      rig.pass(100);
    }
    assert.deepEqual(strengths, [-73, -51, -113, -113]);
  });

  it("waits for a network for its time, then pauses, twice as long each time", () => {
    const rig = bg96Rig();
    rig.module.registration = 2;
    rig.pass(REGISTRATION_TIMEOUT_MS - 10_000);
    assert.deepEqual([rig.modem.state, rig.modem.starts], ["starting", 1]);
    rig.pass(20_000 + RESTART_MIN_MS);
    assert.equal(rig.modem.starts, 2);
    rig.module.registration = 5;
    rig.pass(BG96_START_MS);
    assert.equal(rig.modem.state, "working");
  });

  it("a network that denies it is asked less and less often, and taken when it is kinder; so is a missing SIM", () => {
    for (const fault of ["denied", "no SIM"]) {
      const rig = bg96Rig();
      if (fault === "denied") rig.module.registration = 3;
      else rig.module.sim_ready = false;
      rig.pass(6 * HOUR_MS);
      assert.ok(rig.modem.starts >= 10 && rig.modem.starts <= 24, `${fault}: ${rig.modem.starts} starts in six hours`);
      assert.deepEqual(rig.send([1], 100), ["failed"]);
      rig.module.registration = 1;
      rig.module.sim_ready = true;
      rig.pass(RESTART_MAX_MS + BG96_START_MS);
      assert.deepEqual(rig.send([2]), ["sent"], fault);
    }
  });

  it("its radio is off in long pauses, and on again behind them", () => {
    const rig = bg96Rig();
    rig.module.registration = 2;
    let searching_ms = 0;
    for (let second = 0; second < 24 * 3600; second++) {
      rig.pass(1000);
      if (rig.module.radio_on) searching_ms += 1000;
    }
    assert.ok(searching_ms < 6 * HOUR_MS, `${searching_ms} ms of a day without a network`);
    rig.module.registration = 1;
    rig.pass(RESTART_MAX_MS + BG96_START_MS);
    assert.deepEqual([rig.send([1]), rig.module.radio_on], [["sent"], true]);
  });

  it("a refused command is said again; one that stays refused starts all anew", () => {
    const rig = bg96Rig();
    rig.module.refuse_times = 3;
    rig.pass(BG96_START_MS + 10_000);
    assert.deepEqual([rig.modem.state, rig.modem.starts], ["working", 1]);
    const stubborn = bg96Rig();
    stubborn.module.refuse_times = 40;
    stubborn.pass(10 * 60_000);
    assert.equal(stubborn.modem.state, "working");
    assert.ok(stubborn.modem.starts > 1);
  });

  it("a broker that is down, has other passwords or forbids the topic is tried less and less often", () => {
    const spoil: Record<string, (rig: Bg96Rig) => void> = {
      down: ({ broker }) => (broker.down = true),
      password: ({ broker }) => Object.assign(broker, { user: "meters", password: "other" }),
      forbidden: ({ broker }) => broker.forbidden.push(BG96.down_topic),
    };
    for (const [name, fault] of Object.entries(spoil)) {
      const rig = bg96Rig({ user: "meters", password: "secret" });
      fault(rig);
      rig.pass(6 * HOUR_MS);
      assert.ok(rig.modem.starts >= 10 && rig.modem.starts <= 24, `${name}: ${rig.modem.starts}`);
      assert.notEqual(rig.modem.state, "working");
      Object.assign(rig.broker, { down: false, password: "secret", forbidden: [] });
      rig.pass(RESTART_MAX_MS + BG96_START_MS);
      assert.deepEqual(rig.send([1]), ["sent"], name);
    }
  });

  it("by TLS only under the certificate of its settings", () => {
    const rig = bg96Rig({ tls: true, ca_file: "utility.pem", port: 8883 });
    rig.broker.tls = true;
    rig.pass(60_000);
    assert.notEqual(rig.modem.state, "working");
    putFile(rig.module, "utility.pem", "-----BEGIN CERTIFICATE-----\nMIIB");
    rig.pass(5 * 60_000);
    assert.notEqual(rig.modem.state, "working", "half a certificate is none");
    rig.module.files = [];
    putCertificate(rig.module, "utility.pem");
    rig.pass(2 * RESTART_MAX_MS);
    assert.equal(rig.modem.state, "working");
    assert.ok(rig.module.tls);
    assert.ok(rig.module.commands.includes('AT+QSSLCFG="seclevel",1,1'));
  });

  it("by the other one of its two files where the first is none, or another's, and stays with what was good", () => {
    const cases: [string, string | undefined, string[]][] = [
      ["missing", undefined, []],
      ["missing, and the module says so", undefined, ['AT+QSSLCFG="cacert",1,"utility.pem"']],
      ["half", "-----BEGIN CERTIFICATE-----\nMIIB", []],
      ["another's", certificate("MC=="), []],
    ];
    for (const [what, text, unknown] of cases) {
      const rig = bg96Rig({ tls: true, ca_file: "utility.pem", port: 8883 });
      rig.broker.tls = true;
      Object.assign(rig.module, { authority: certificate("MB=="), unknown });
      if (text !== undefined) putFile(rig.module, "utility.pem", text);
      putFile(rig.module, "2utility.pem", certificate("MB=="));
      rig.pass(2 * AGAIN_MS + PATIENCE_MS);
      assert.deepEqual([rig.modem.state, rig.modem.starts], ["working", 2], what);
      closeAll(rig.broker);
      rig.pass(AGAIN_MS);
      assert.deepEqual([rig.modem.state, rig.modem.starts], ["working", 3], `${what}: lost, and made anew at once`);
    }
  });

  it("a file that is refused, or a network that is lost, does not keep it from the good one for long", () => {
    const rig = bg96Rig({ tls: true, ca_file: "utility.pem", port: 8883 });
    rig.broker.tls = true;
    rig.module.unknown = ['AT+QSSLCFG="cacert",1,"2'];
    putCertificate(rig.module, "utility.pem");
    rig.broker.down = true;
    rig.pass(6 * HOUR_MS);
    rig.broker.down = false;
    rig.pass(2 * (RESTART_MAX_MS + BG96_START_MS + PATIENCE_MS));
    assert.deepEqual(rig.send([1]), ["sent"]);
  });

  it("a message that is sent once more is waited for; one that nobody acknowledges has failed", () => {
    const rig = bg96Working();
    rig.module.retransmissions = 2;
    assert.deepEqual(rig.send([1]), ["sent"]);
    rig.broker.deaf = true;
    const results: string[] = [];
    rig.modem.port.send([2], (result) => results.push(result));
    rig.pass(SEND_TIMEOUT_MS + 100);
    assert.deepEqual(results, ["failed"]);
    rig.broker.deaf = false;
    rig.pass(AGAIN_MS);
    assert.deepEqual(rig.send([3]), ["sent"]);
  });

  it("a lost connection or address is made anew", () => {
    const lose: Record<string, (rig: Bg96Rig) => void> = {
      "by the broker": ({ broker }) => {
        closeAll(broker);
      },
      "no answer to a ping": ({ module }) => {
        loseConnection(module, 2);
      },
      address: ({ module }) => {
        loseAddress(module);
      },
    };
    for (const [name, fault] of Object.entries(lose)) {
      const rig = bg96Working();
      fault(rig);
      rig.pass(1000);
      assert.equal(rig.modem.state, "pausing", name);
      rig.pass(AGAIN_MS);
      assert.deepEqual(rig.send([1]), ["sent"], name);
    }
  });

  it("two modules under one client's name do not throw each other out ever faster", () => {
    const rig = bg96Working();
    closeAll(rig.broker);
    rig.pass(2 * HOUR_MS);
    assert.equal(rig.modem.pause_ms, RESTART_MIN_MS, "a good watch makes the pause short again");
    const rival = bg96Working({ watch_ms: 0 });
    const before = rival.broker.accepted;
    for (let second = 0; second < 3600; second += 1) {
      if (rival.modem.state === "working") closeAll(rival.broker);
      rival.pass(1000);
    }
    assert.ok(rival.broker.accepted - before <= 10, `${rival.broker.accepted - before} connections in an hour`);
  });

  it("the watch finds what a lost line has not told", () => {
    const rig = bg96Working({ watch_ms: 60_000 });
    rig.module.lost_lines = 1;
    loseConnection(rig.module, 1);
    rig.pass(60_000 + AGAIN_MS);
    assert.deepEqual(rig.send([1]), ["sent"]);
    assert.equal(rig.modem.starts, 2);
  });

  it("a lost connection shows itself when a frame is refused, watch or not", () => {
    const rig = bg96Working({ watch_ms: 0 });
    rig.module.lost_lines = 1;
    loseConnection(rig.module, 1);
    assert.deepEqual(rig.send([1], 1000), ["failed"]);
    rig.pass(AGAIN_MS);
    assert.deepEqual(rig.send([2]), ["sent"]);
  });

  it("a dip of the supply at any moment, also within a frame, is survived, and nothing is sent twice", () => {
    for (let at_ms = 0; at_ms <= 12_000; at_ms += 60) {
      const rig = bg96Rig();
      const results: string[] = [];
      rig.pass(at_ms);
      if (rig.modem.port.send([7], (result) => results.push(result)) === "busy") assert.fail();
      rig.pass(300);
      dipPower(rig.module);
      rig.pass(10 * 60_000);
      assert.equal(results.length, 1, `at ${at_ms} ms`);
      assert.ok(rig.taken.length <= 1);
      if (results[0] === "sent") assert.deepEqual(rig.taken, ["07"]);
      assert.deepEqual(rig.send([8]), ["sent"], `at ${at_ms} ms`);
    }
  });

  it("one byte lost or spoiled on the line, on either way, costs the frame at most", () => {
    const whole = bg96Working();
    whole.send([1, 2, 3]);
    const spoils = [
      loseByte,
      (to: Bg96Rig["pipe"]["to_chip"], at_byte: number) => {
        flipBits(to, at_byte, 0x41);
      },
    ];
    for (const way of ["to_chip", "to_host"] as const)
      for (const spoil of spoils)
        for (let at_byte = 0; at_byte < whole.pipe[way].written_bytes; at_byte += 1) {
          const rig = bg96Rig();
          spoil(rig.pipe[way], at_byte);
          rig.pass(BG96_START_MS);
          const first = rig.send([1, 2, 3], 10 * 60_000);
          assert.ok(first.length === 1 && first[0] !== "duty_cycle", `${way} ${at_byte}: ${first.join()}`);
          assert.deepEqual(rig.send([4, 5, 6]), ["sent"], `${way} ${at_byte}`);
          assert.equal(rig.taken.at(-1), "040506");
        }
  });

  it("a frame whose end is lost is cancelled before anything else is said, and none of it reaches the broker", () => {
    const rig = bg96Working({ watch_ms: 0 });
    const command_bytes = publishCommand(BG96.up_topic, 1).length + 1;
    loseByte(rig.pipe.to_chip, rig.pipe.to_chip.written_bytes + command_bytes + 2);
    assert.deepEqual(rig.send([1], SEND_TIMEOUT_MS + 100), ["failed"]);
    assert.notEqual(rig.module.data, undefined, "it waits for more");
    rig.pass(RESTART_MIN_MS + 100);
    assert.equal(rig.module.data, undefined);
    rig.pass(BG96_START_MS);
    assert.deepEqual([rig.send([2]), rig.taken], [["sent"], ["02"]]);
  });

  it("lines that come as their first half, or not at all, cost a restart at most", () => {
    for (const fault of ["lost_lines", "cut_lines"] as const)
      for (let at_ms = 0; at_ms <= 12_000; at_ms += 150) {
        const rig = bg96Rig();
        rig.pass(at_ms);
        rig.module[fault] = 1;
        rig.send([1], 15 * 60_000);
        assert.deepEqual(rig.send([2]), ["sent"], `${fault} at ${at_ms} ms`);
      }
  });

  it("whatever comes over the line, the driver holds a bounded line and works again", () => {
    const seed = Number(process.env["SEED"] ?? 96);
    let state = seed;
    const draw = (most: number): number => (state = (state * 48_271) % 2_147_483_647) % most;
    const words = ["+QMTRECV: 0,1,", "OK", "> ", "+QMTPUB: 0,1,0", '"', ",", "\r\n", "+QMTSTAT: 0,", "RDY", "ERROR"];
    for (let run = 0; run < 60; run++) {
      const rig = bg96Rig();
      for (let piece = 0; piece < 200; piece++) {
        const noise =
          draw(2) === 0
            ? [...Buffer.from(words[draw(words.length)])]
            : Array.from({ length: draw(40) }, () => draw(256));
        if (noise.length > 0) rig.module.line.write(noise);
        if (draw(10) === 0) rig.modem.port.send([draw(256)], () => undefined);
        rig.pass(draw(400));
        assert.ok(rig.modem.reader.text.length <= LINE_MAX_CHARACTERS);
      }
      rig.pass(RESTART_MAX_MS + 10 * 60_000);
      assert.deepEqual(rig.send([9]), ["sent"], `SEED=${seed}, run ${run}`);
    }
  });

  it("received lines that are not as they should be are dropped, and one with the longest frame is not", () => {
    const rig = bg96Working();
    const heard = rig.heard();
    const topic = BG96.down_topic;
    say(
      rig,
      "+QMTRECV: ",
      "+QMTRECV: 0,1",
      `+QMTRECV: 0,1,"${topic}"`,
      `+QMTRECV: 0,1,"${topic}",`,
      `+QMTRECV: 0,1,"${topic}",""`,
      `+QMTRECV: 0,1,"${topic}","1"`,
      `+QMTRECV: 0,1,"${topic}","1G"`,
      `+QMTRECV: 0,1,"${topic}","11`,
      `+QMTRECV: 0,1,${topic},"11"`,
      `+QMTRECV: 0,1,"","11"`,
      `+QMTRECV: 0,1,"${topic}/x","11"`,
      `+QMTRECV: 0,1,"${topic}","${"11".repeat(FRAME_MAX_BYTES + 1)}"`,
      `+QMTRECV: 0,1,"${topic}","${"11".repeat(5000)}"`,
    );
    assert.deepEqual(heard, []);
    assert.equal(rig.modem.reader.passed_over, 1);
    say(rig, `+QMTRECV: 0,65535,"${topic}","${"11".repeat(FRAME_MAX_BYTES)}"`);
    assert.deepEqual(heard, [new Array<number>(FRAME_MAX_BYTES).fill(0x11)]);
  });

  it("the longest topic and the longest frame fit a line", () => {
    const down_topic = "t".repeat(64);
    const rig = bg96Working({ down_topic });
    const heard = rig.heard();
    say(rig, `+QMTRECV: 0,65535,"${down_topic}","${"11".repeat(FRAME_MAX_BYTES)}"`);
    assert.equal(heard.length, 1);
    assert.equal(bg96SettingsFault({ ...BG96, down_topic: `${down_topic}t` }), "down_topic");
  });

  it("settings that would be another command, or none, are refused by name", () => {
    const bad: Partial<Bg96Settings>[] = [
      { apn: 'a",1' },
      { password: "p\rAT+QPOWD" },
      { user: "\u00e4" },
      { host: "" },
      { client_id: "" },
      { port: 0 },
      { port: 65_536 },
      { tls: true, ca_file: "" },
      { up_topic: "" },
      { up_topic: "a,b" },
      { down_topic: "curbstop/#" },
      { broadcast_topic: "+" },
      { keepalive_s: 3601 },
      { edrx_s: 20 },
      { psm_active_s: 10 },
      { psm_period_s: 3600, psm_active_s: 0 },
    ];
    for (const fault of bad) {
      const name = Object.keys(fault).at(-1) ?? "";
      assert.equal(bg96SettingsFault({ ...BG96, ...fault }), name, JSON.stringify(fault));
    }
    assert.equal(bg96SettingsFault(BG96), "");
    const { pipe, module } = bg96Rig();
    assert.throws(() => createBg96(pipe.host, module.timer, { ...BG96, apn: '"' }), /settings fit/);
  });
});
