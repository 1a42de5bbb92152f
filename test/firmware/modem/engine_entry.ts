/**
 * The drivers at work against their emulators, in portable code. A program line is the number of the byte that is lost
 * on each way; the trace tells what the ports said, and when.
 */
import type { Bg96Settings } from "../../../firmware/modem/bg96";
import { createBg96 } from "../../../firmware/modem/bg96";
import { createIm871a } from "../../../firmware/modem/im871a";
import { createModuleModem } from "../../../firmware/modem/module_modem";
import { piecesOf } from "../../../firmware/modem/lorawan_pieces";
import { createRak3172 } from "../../../firmware/modem/rak3172";
import { frameB } from "../../../firmware/radio/frames";
import { linkContent } from "../../../firmware/radio/link";
import { decimal } from "../../../firmware/text";
import type { Radio } from "../../../hal/radio";
import { dipPower } from "../../../sim/hci/bg96_life";
import { createBg96Module } from "../../../sim/hci/bg96_module";
import { createLuatosModule, loseAddress } from "../../../sim/hci/luatos_module";
import { createBroker, linkTo, publishTo } from "../../../sim/hci/mqtt_broker";
import { createIm871aModule, moduleHears } from "../../../sim/hci/im871a_module";
import { addDevice, createNetwork, frameTo, networkHears } from "../../../sim/hci/lorawan_network";
import { createRak3172Module, deviceHears } from "../../../sim/hci/rak3172_module";
import { createBytePipe, loseByte } from "../../../sim/pn532/pipe";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import { createTimerTwin } from "../../../sim/twins/timer";
import type { Host } from "../../../sim/world/host";
import type { Queue } from "../../../sim/world/queue";
import { createEvent, createQueue, scheduleEvent } from "../../../sim/world/queue";
import { wholeNumber } from "../../../sim/world/words";
import { listed, pass } from "../engine_lines";

const GATEWAY = { manufacturer: "CSB", id: "00000001", version: 1, device_type: 0x31 };

function use(queue: Queue, port: Radio, say: (text: string) => void, frame: number[]): void {
  const taken = port.send(frame, function (result) {
    say("result " + result);
  });
  say("send " + taken);
  pass(queue, 15000);
}

function wmbus(host: Host, at_byte: number): void {
  const queue = createQueue();
  const pipe = createBytePipe(queue, 5);
  const say = function (text: string): void {
    host.write_line(decimal(queue.now_ms) + " " + text);
  };
  loseByte(pipe.to_chip, at_byte);
  loseByte(pipe.to_host, at_byte);
  const module = createIm871aModule(pipe.chip, createTimerTwin(queue).port, [1, 2, 3, 4], "C2");
  module.on_transmit = function (content) {
    say("air" + listed(content));
  };
  const modem = createIm871a(pipe.host, createTimerTwin(queue).port, {
    device: 0,
    link: 6,
    sends: "C2",
    sums: "b",
    watch_ms: 30000,
    used_permille: 500,
  });
  modem.port.on_frame(function (frame, rssi_dbm) {
    say("heard " + decimal(rssi_dbm) + listed(frame));
  });
  pass(queue, 3000);
  modem.port.listen(60000);
  moduleHears(module, linkContent(0x44, GATEWAY, [7, 7, 7]), "C1", -63);
  use(queue, modem.port, say, frameB(linkContent(0x53, GATEWAY, [1, 2, 3])));
  module.silent = true;
  use(queue, modem.port, say, frameB(linkContent(0x53, GATEWAY, [4])));
  module.silent = false;
  pass(queue, 60000);
  use(queue, modem.port, say, frameB(linkContent(0x53, GATEWAY, [5])));
}

function lorawan(host: Host, at_byte: number): void {
  const queue = createQueue();
  const pipe = createBytePipe(queue, 9);
  const crypto = createCryptoTwin();
  const key = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6];
  const eui = [1, 2, 3, 4, 5, 6, 7, 8];
  const say = function (text: string): void {
    host.write_line(decimal(queue.now_ms) + " " + text);
  };
  loseByte(pipe.to_host, at_byte);
  const module = createRak3172Module(crypto, pipe.chip, createTimerTwin(queue).port, "SF9");
  const network = createNetwork(crypto, { address: 1, network_key: key, application_key: key });
  const device = addDevice(network, eui, key);
  network.on_up = function (from, frame) {
    say("up " + decimal(from.next_up) + listed(frame.payload));
  };
  module.on_transmit = function (frame) {
    const answer = networkHears(network, frame);
    if (answer !== undefined) {
      const later = createEvent(function () {
        deviceHears(module, answer, -80);
      });
      scheduleEvent(queue, later, queue.now_ms + 5000);
    }
  };
  const modem = createRak3172(pipe.host, createTimerTwin(queue).port, {
    device_eui: "0102030405060708",
    join_eui: "0000000000000000",
    app_key: "09080706050403020100010203040506",
    port: 2,
    data_rate: 3,
    frame_max_bytes: 51,
    multicast: "",
  });
  modem.port.on_frame(function (frame, rssi_dbm) {
    say("heard " + decimal(rssi_dbm) + listed(frame));
  });
  pass(queue, 200000);
  modem.port.listen(60000);
  use(queue, modem.port, say, [1, 2, 3]);
  const long: number[] = [];
  for (let i = 0; i < 60; i++) {
    long.push(100 + i);
  }
  use(queue, modem.port, say, long);
  if (device.session !== undefined) {
    deviceHears(module, frameTo(network, device, 2, [4, 5]), -77);
    for (const piece of piecesOf(long, 51, 7)) {
      deviceHears(module, frameTo(network, device, 2, piece), -78);
    }
  }
  pass(queue, 1000);
}

const MOBILE: Bg96Settings = {
  apn: "iot.example",
  apn_authentication: "pap",
  apn_user: "meters",
  apn_password: "water",
  network: "nb_iot",
  host: "broker.example",
  port: 1883,
  tls: false,
  ca_file: "",
  client_id: "meter-1",
  user: "",
  password: "",
  up_topic: "m/1/up",
  down_topic: "m/1/down",
  broadcast_topic: "m/down",
  keepalive_s: 1200,
  edrx_s: 82,
  psm_period_s: 86400,
  psm_active_s: 300,
  watch_ms: 60000,
};

function mobile(host: Host, at_byte: number): void {
  const queue = createQueue();
  const pipe = createBytePipe(queue, 7);
  const broker = createBroker();
  const say = function (text: string): void {
    host.write_line(decimal(queue.now_ms) + " " + text);
  };
  loseByte(pipe.to_chip, at_byte);
  loseByte(pipe.to_host, at_byte);
  broker.on_publish = function (topic, payload) {
    say("published " + topic + listed(payload));
  };
  const module = createBg96Module(pipe.chip, createTimerTwin(queue).port, linkTo(broker));
  const modem = createBg96(pipe.host, createTimerTwin(queue).port, MOBILE);
  modem.port.on_frame(function (frame, rssi_dbm) {
    say("heard " + decimal(rssi_dbm) + listed(frame));
  });
  pass(queue, 60000);
  modem.port.listen(60000);
  use(queue, modem.port, say, [1, 26, 27]);
  publishTo(broker, "m/1/down", "0C0D");
  pass(queue, 1000);
  dipPower(module);
  use(queue, modem.port, say, [6]);
  pass(queue, 60000);
  use(queue, modem.port, say, [8]);
}

/** The module's own; its firmware tells of no subscription in the first run. */
function own(host: Host, at_ms: number): void {
  const queue = createQueue();
  const broker = createBroker();
  const say = function (text: string): void {
    host.write_line(decimal(queue.now_ms) + " own " + text);
  };
  broker.on_publish = function (topic, payload) {
    say("published " + topic + listed(payload));
  };
  const module = createLuatosModule(createTimerTwin(queue).port, linkTo(broker));
  module.untold = at_ms > 1000;
  const modem = createModuleModem(module.engine, createTimerTwin(queue).port, MOBILE);
  modem.port.on_frame(function (frame, rssi_dbm) {
    say("heard " + decimal(rssi_dbm) + listed(frame));
  });
  pass(queue, 4000 + at_ms);
  modem.port.listen(60000);
  use(queue, modem.port, say, [1, 26, 27]);
  publishTo(broker, "m/down", "0E0F");
  loseAddress(module);
  use(queue, modem.port, say, [6]);
  module.dead = true;
  use(queue, modem.port, say, [7]);
  pass(queue, 60000);
  module.dead = false;
  pass(queue, 200000);
  use(queue, modem.port, say, [8]);
}

export function runProgram(host: Host): void {
  let line = host.read_line();
  while (line !== undefined) {
    wmbus(host, wholeNumber(line));
    lorawan(host, wholeNumber(line));
    mobile(host, wholeNumber(line));
    own(host, wholeNumber(line));
    line = host.read_line();
  }
}
