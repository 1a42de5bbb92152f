/**
 * The BG96 as an emulator behind a byte line (commands in firmware/modem/bg96_commands.ts, from the same documents): it
 * boots, finds its network, has an address, opens and connects, and hands messages on. The broker is behind an
 * `MqttLink`: one in memory (mqtt_broker.ts), or a real one (../bg96_mqtt.ts).
 *
 * Commands end with a carriage return; a line feed behind it is the first byte of what follows, also of a payload. In
 * data mode Ctrl-Z sends, ESC cancels, and a minute's silence does, too.
 *
 * Faults:
 *   silent            answers nothing
 *   refuse_times      so many commands are answered ERROR
 *   unknown           commands that begin so are answered ERROR: an older firmware
 *   lost_lines        so many lines of the module do not go out
 *   cut_lines         so many go out as their first half
 *   registration      what AT+CEREG? says: 0 not searching, 2 searching, 3 denied; and `sim_ready`, false without a SIM
 *   retransmissions   so many times +QMTPUB tells that a message is sent once more
 *   dipPower          the supply has dipped: all is forgotten, and it boots
 *   loseConnection    +QMTSTAT with a code; loseAddress, the network takes the address back
 *   switchOff         says POWERED DOWN and is off
 * Power saving: `psm_active_ms` behind its last word it says PSM POWER DOWN and is off. `pressPowerKey` switches a
 * module that is off on, and one that is on off; it does nothing within a second of going off.
 * Its storage is in bg96_files.ts, with faults of its own; by TLS it opens nothing without a certificate there, and with
 * that of another than `authority`.
 * Not modelled: several contexts, chains of signatures, eDRX but by its bits, SMS, the module's own clock.
 */
import type { Timer } from "../../hal/timer";
import { bytesText } from "../../firmware/card/bytes";
import { beginsWith, createLineReader, takeLines, wholeOf } from "../../firmware/modem/at_lines";
import type { ByteLine } from "../../firmware/reader/byte_line";
import { decimal } from "../../firmware/text";
import { onFileCommand, takeUploadByte, trustsAuthority } from "./bg96_files";
import type { Bg96Module } from "./bg96_life";
import {
  after,
  answer,
  ANSWER_MS,
  loseConnection,
  NEVER_MS,
  refuse,
  REGISTER_MS,
  say,
  setRadio,
  stayAwake,
} from "./bg96_life";
import type { MqttLink } from "./mqtt_broker";
import { CONNECTION_ACCEPTED, OPEN_FAILED } from "./mqtt_broker";

const CR = 13;
const LF = 10;
const CTRL_Z = 26;
const ESCAPE = 27;
const PAYLOAD_MAX_BYTES = 1548;
const PROMPT_MS = 30;
const ACTIVATE_MS = 800;
/** There and back over the air. */
const ROUND_TRIP_MS = 600;
const PACKET_TIMEOUT_MS = 30000;
const DATA_MODE_MS = 60000;
/** As in the manual's example. */
const SPACE_BYTES = 14483456;
const QMTCFG_NAMES = ["version", "pdpcid", "ssl", "keepalive", "session", "timeout", "will"];
const QSSLCFG_NAMES = ["sslversion", "ciphersuite", "seclevel", "cacert", "ignorelocaltime"];

/** Parts between commas that stand outside of quotes, without their quotes. */
function argumentsOf(text: string): string[] {
  const parts: string[] = [];
  let part = "";
  let is_quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.substring(i, i + 1);
    if (character === '"') {
      is_quoted = !is_quoted;
    } else if (character === "," && !is_quoted) {
      parts.push(part);
      part = "";
    } else {
      part = part + character;
    }
  }
  parts.push(part);
  return parts;
}

/** T3324: three bits of unit (2 s, a minute, six minutes), five of value. */
function activeTimeMs(bits: string): number {
  let value = 0;
  for (let i = 3; i < 8; i++) {
    value = value * 2 + (bits.substring(i, i + 1) === "1" ? 1 : 0);
  }
  const unit = bits.substring(0, 3);
  const unit_s = unit === "000" ? 2 : unit === "001" ? 60 : 360;
  return value * unit_s * 1000;
}

function registrationOf(module: Bg96Module): number {
  if (!module.radio_on) {
    return 0;
  }
  return module.timer.now_ms() < module.registered_at_ms ? 2 : module.registration;
}

function isRegistered(module: Bg96Module): boolean {
  const registration = registrationOf(module);
  return registration === 1 || registration === 5;
}

/** Commands that are asked without an equals sign. */
function onQuestion(module: Bg96Module, command: string): boolean {
  if (command === "AT") {
    answer(module, []);
  } else if (command === "ATE0" || command === "ATE1") {
    module.echo = command === "ATE1";
    answer(module, []);
  } else if (command === "AT+CGMM") {
    answer(module, ["BG96"]);
  } else if (command === "AT+CPIN?" && module.sim_ready) {
    answer(module, ["+CPIN: READY"]);
  } else if (command === "AT+CPIN?") {
    after(module, ANSWER_MS, function () {
      say(module, "+CME ERROR: 10");
    });
  } else if (command === "AT+CEREG?") {
    answer(module, ["+CEREG: 0," + decimal(registrationOf(module))]);
  } else if (command === "AT+CGATT?") {
    answer(module, ["+CGATT: " + (isRegistered(module) ? "1" : "0")]);
  } else if (command === "AT+CSQ") {
    answer(module, ["+CSQ: " + decimal(module.signal) + ",99"]);
  } else if (command === "AT+QMTCONN?") {
    const state = module.state === "connected" ? "3" : "1";
    answer(module, module.state === "closed" ? [] : ["+QMTCONN: 0," + state]);
  } else {
    return false;
  }
  return true;
}

function onSetting(module: Bg96Module, name: string, values: string[]): boolean {
  if (name === "AT+CPSMS") {
    module.psm_active_ms = values[0] === "1" && values.length === 5 ? activeTimeMs(values[4]) : 0;
    stayAwake(module);
  } else if (name === "AT+CFUN" && (values[0] === "1" || values[0] === "4")) {
    setRadio(module, values[0] === "1");
  } else if (name === "AT+CEDRXS") {
    module.edrx_bits = values[0] === "1" && values.length === 3 ? values[2] : "";
  } else if (name === "AT+QCFG" && values[0] === "psm/urc") {
    module.psm_urc = values[1] === "1";
  } else if (name === "AT+CMEE" && (values[0] === "0" || values[0] === "1")) {
    // Its numbers are said in any case: what a name would be is in no document.
    stayAwake(module);
  } else if (name === "AT+QICSGP" && values.length === 6) {
    module.apn = values[2];
  } else if (name === "AT+QSSLCFG" && QSSLCFG_NAMES.indexOf(values[0]) >= 0) {
    module.ca_file = values[0] === "cacert" ? values[2] : module.ca_file;
  } else if (name === "AT+QMTCFG" && QMTCFG_NAMES.indexOf(values[0]) >= 0) {
    module.tls = values[0] === "ssl" ? values[2] === "1" : module.tls;
  } else {
    return false;
  }
  answer(module, []);
  return true;
}

/** What the network has a part in: OK, and later what came of it. */
function accept(module: Bg96Module, run: () => void): void {
  answer(module, []);
  after(module, ROUND_TRIP_MS, run);
}

function open(module: Bg96Module, values: string[]): void {
  const port = values.length === 3 ? wholeOf(values[2]) : undefined;
  if (port === undefined || module.state !== "closed") {
    refuse(module);
    return;
  }
  accept(module, function () {
    const done = function (result: number): void {
      module.state = result === 0 ? "opened" : "closed";
      say(module, "+QMTOPEN: 0," + decimal(result));
    };
    const is_broken = !module.active || (module.tls && !trustsAuthority(module));
    if (is_broken) {
      done(OPEN_FAILED);
    } else {
      module.link.open(values[1], port, module.tls, done);
    }
  });
}

function connect(module: Bg96Module, values: string[]): void {
  if (module.state !== "opened" || values.length < 2) {
    refuse(module);
    return;
  }
  accept(module, function () {
    const user = values.length === 4 ? values[2] : "";
    const password = values.length === 4 ? values[3] : "";
    module.link.connect(values[1], user, password, function (code) {
      module.state = code === CONNECTION_ACCEPTED ? "connected" : "closed";
      say(module, "+QMTCONN: 0,0," + decimal(code));
    });
  });
}

function subscribe(module: Bg96Module, values: string[]): void {
  if (module.state !== "connected" || values.length !== 4) {
    refuse(module);
    return;
  }
  accept(module, function () {
    module.link.subscribe(values[2], function (granted) {
      say(module, "+QMTSUB: 0," + values[1] + ",0," + decimal(granted));
    });
  });
}

function enterData(module: Bg96Module, values: string[]): void {
  const id = values.length === 5 ? wholeOf(values[1]) : undefined;
  if (module.state !== "connected" || id === undefined || id === 0) {
    refuse(module);
    return;
  }
  const data: number[] = [];
  module.data = data;
  module.data_topic = values[4];
  module.data_id = id;
  after(module, PROMPT_MS, function () {
    if (!module.silent) {
      module.line.write([CR, LF, 62, 32]);
    }
  });
  after(module, DATA_MODE_MS, function () {
    if (module.data === data) {
      module.data = undefined;
      say(module, "ERROR");
    }
  });
}

function publish(module: Bg96Module, data: number[]): void {
  const id = decimal(module.data_id);
  const topic = module.data_topic;
  let is_over = false;
  const end = function (result: string): void {
    if (!is_over) {
      is_over = true;
      say(module, "+QMTPUB: 0," + id + "," + result);
    }
  };
  if (data.length > PAYLOAD_MAX_BYTES) {
    refuse(module);
    return;
  }
  accept(module, function () {
    for (let again = 1; again <= module.retransmissions; again++) {
      say(module, "+QMTPUB: 0," + id + ",1," + decimal(again));
    }
    after(module, PACKET_TIMEOUT_MS, function () {
      end("2");
    });
    if (module.state === "connected") {
      module.link.publish(topic, data, function (ok) {
        end(ok ? "0" : "2");
      });
    }
  });
}

function onNetworkCommand(module: Bg96Module, name: string, values: string[]): boolean {
  if (name === "AT+QIACT" && isRegistered(module) && !module.active && module.apn !== "") {
    after(module, ACTIVATE_MS, function () {
      module.active = true;
      say(module, "OK");
    });
  } else if (name === "AT+QIDEACT" && module.active) {
    module.active = false;
    answer(module, []);
  } else if (name === "AT+QMTCLOSE" && module.state !== "closed") {
    module.link.close();
    module.state = "closed";
    answer(module, []);
    after(module, ANSWER_MS, function () {
      say(module, "+QMTCLOSE: 0,0");
    });
  } else if (name === "AT+QMTOPEN") {
    open(module, values);
  } else if (name === "AT+QMTCONN") {
    connect(module, values);
  } else if (name === "AT+QMTSUB") {
    subscribe(module, values);
  } else if (name === "AT+QMTPUB") {
    enterData(module, values);
  } else {
    return false;
  }
  return true;
}

function onCommand(module: Bg96Module, command: string): void {
  if (!beginsWith(command, "AT")) {
    return;
  }
  module.commands.push(command);
  stayAwake(module);
  if (module.refuse_times > 0) {
    module.refuse_times -= 1;
    refuse(module);
    return;
  }
  for (const front of module.unknown) {
    if (beginsWith(command, front)) {
      refuse(module);
      return;
    }
  }
  const equals = command.indexOf("=");
  const name = equals < 0 ? "" : command.substring(0, equals);
  const values = equals < 0 ? [] : argumentsOf(command.substring(equals + 1, command.length));
  const is_known =
    equals < 0
      ? onQuestion(module, command) || onFileCommand(module, command, values)
      : onSetting(module, name, values) ||
        onNetworkCommand(module, name, values) ||
        onFileCommand(module, name, values);
  if (!is_known) {
    refuse(module);
  }
}

function onByte(module: Bg96Module, byte: number): void {
  const data = module.data;
  if (module.upload !== undefined) {
    stayAwake(module);
    takeUploadByte(module, module.upload, byte);
    return;
  }
  if (data === undefined) {
    takeLines(module.reader, [byte === CR ? LF : byte === LF ? 0 : byte]);
    return;
  }
  stayAwake(module);
  if (byte === CTRL_Z) {
    module.data = undefined;
    publish(module, data);
  } else if (byte === ESCAPE) {
    module.data = undefined;
    answer(module, []);
  } else {
    data.push(byte);
  }
}

function onBytes(module: Bg96Module, bytes: number[]): void {
  if (!module.powered || module.silent) {
    return;
  }
  if (module.echo && module.upload === undefined) {
    module.line.write(bytes);
  }
  for (const byte of bytes) {
    if (module.powered) {
      onByte(module, byte);
    }
  }
}

/** A module that has been on for a while. The timer is its own. */
export function createBg96Module(line: ByteLine, timer: Timer, link: MqttLink): Bg96Module {
  const module: Bg96Module = {
    line: line,
    timer: timer,
    reader: createLineReader(function (text) {
      onCommand(module, text);
    }),
    link: link,
    later: [],
    powered: true,
    off_at_ms: 0,
    boots: 0,
    echo: true,
    radio_on: true,
    sim_ready: true,
    registration: 1,
    registered_at_ms: timer.now_ms() + REGISTER_MS,
    apn: "",
    active: false,
    files: [],
    space_bytes: SPACE_BYTES,
    upload: undefined,
    lost_bytes: 0,
    bad_bytes: 0,
    stops_after: 0,
    ca_file: "",
    authority: "",
    tls: false,
    state: "closed",
    psm_urc: false,
    psm_active_ms: 0,
    edrx_bits: "",
    sleep_at_ms: NEVER_MS,
    data: undefined,
    data_topic: "",
    data_id: 0,
    signal: 20,
    silent: false,
    refuse_times: 0,
    unknown: [],
    lost_lines: 0,
    cut_lines: 0,
    retransmissions: 0,
    commands: [],
  };
  link.on_message = function (topic, payload) {
    if (module.state === "connected") {
      stayAwake(module);
      say(module, '+QMTRECV: 0,1,"' + topic + '","' + bytesText(payload) + '"');
    }
  };
  link.on_lost = function (code) {
    loseConnection(module, code);
  };
  line.on_bytes(function (bytes) {
    onBytes(module, bytes);
  });
  return module;
}
