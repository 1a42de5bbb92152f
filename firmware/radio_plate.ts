/**
 * Radio's part of a nameplate (nameplate.ts): what the station, the updater and the modem of one meter are told, as bytes
 * of fields (journal/fields.ts).
 *
 *   form (1)
 *   station   interval, s; master key; the region's public key, its revision, and the next one's; group; minute of the
 *             daily window, and its length, s (radio/radio_settings.ts)
 *   updates   the region's public key for updates, its revision, and the next one's (update/update_state.ts)
 *   wM-Bus    a flag, then with it the mode: 0 C, 1 T
 *   LoRaWAN   a flag, then with it device EUI, join EUI and application key; port, data rate, longest frame; the multicast
 *             group as modem/rak3172.ts has it
 *   BG96      a flag, then with it APN; who asks at it: 0 nobody, 1 PAP, 2 CHAP; user and password there; network: 0 NB-IoT,
 *             1 LTE-M; the broker's host and port, TLS, file of the authority; client, user and password; the topics up, down
 *             and for all; keep-alive, eDRX, PSM's period and active time, s; watch, ms (modem/bg96_commands.ts). A module's
 *             own modem (modem/module_modem.ts) is told the same, and has it here, too
 *
 * Keys and EUIs are their bytes, "" for none; a public key has 52 or 60 of them. Read back they are hexadecimal with
 * capitals. Whether the values make sense is said by radioSettingsFault, and by the modem.
 */
import { bytesText, hexBytes, hexText, textBytes } from "./card/bytes";
import type { Fields } from "./journal/fields";
import { bytesField, flagField, readFields, wholeField, writeFields } from "./journal/fields";
import type { Bg96Settings } from "./modem/bg96_commands";
import { PIECE_MIN_BYTES } from "./modem/lorawan_pieces";
import { PERIODIC_MAX_S } from "./modem/power_saving";
import type { LorawanSettings } from "./modem/rak3172";
import type { RadioSettings } from "./radio/radio_settings";

const FORM = 1;
const KEY_MAX_BYTES = 60;
const NUMBER_MAX = 65535;
const SECONDS_MAX = 86400;
export const LORAWAN_PORT_MAX = 223;
export const LORAWAN_FRAME_MAX_BYTES = 242;
export const LORAWAN_RATE_MAX = 15;
const MULTICAST_MAX_BYTES = 160;
/** Texts of a BG96, shorter than its commands take: with the longest of all a radio's part fits its nameplate. */
export const MOBILE_TEXT_MAX_BYTES = 64;
export const MOBILE_HOST_MAX_BYTES = 100;
const MOBILE_TOPIC_MAX_BYTES = 40;
const MILLISECONDS_MAX = 86400000;
const AUTHENTICATIONS: Bg96Settings["apn_authentication"][] = ["none", "pap", "chap"];

/** What a wireless M-Bus module is told: both ways in mode C, or in mode T. */
export interface WmbusSettings {
  mode: "C" | "T";
}

/** Settings of the modem, of whichever kind it is; the others are undefined. */
export interface ModemSettings {
  wmbus: WmbusSettings | undefined;
  lorawan: LorawanSettings | undefined;
  bg96: Bg96Settings | undefined;
}

export interface RadioPlate {
  station: RadioSettings;
  update_key: string;
  update_key_revision: number;
  update_key_next: string;
  modem: ModemSettings;
}

/** A hexadecimal text as its bytes. */
function hexField(fields: Fields, given: string): string {
  return hexText(textBytes(bytesField(fields, bytesText(hexBytes(given)), KEY_MAX_BYTES)));
}

function number(fields: Fields, value: number): number {
  return wholeField(fields, value, 0, NUMBER_MAX);
}

function stationFields(fields: Fields, given: RadioSettings): RadioSettings {
  return {
    interval_s: wholeField(fields, given.interval_s, 0, SECONDS_MAX),
    master_key: hexField(fields, given.master_key),
    region_key: hexField(fields, given.region_key),
    region_key_revision: number(fields, given.region_key_revision),
    region_key_next: hexField(fields, given.region_key_next),
    group: number(fields, given.group),
    listen_minute: number(fields, given.listen_minute),
    listen_s: number(fields, given.listen_s),
  };
}

function lorawanFields(fields: Fields, given: LorawanSettings): LorawanSettings {
  return {
    device_eui: hexField(fields, given.device_eui),
    join_eui: hexField(fields, given.join_eui),
    app_key: hexField(fields, given.app_key),
    port: wholeField(fields, given.port, 1, LORAWAN_PORT_MAX),
    data_rate: wholeField(fields, given.data_rate, 0, LORAWAN_RATE_MAX),
    frame_max_bytes: wholeField(fields, given.frame_max_bytes, PIECE_MIN_BYTES, LORAWAN_FRAME_MAX_BYTES),
    multicast: bytesField(fields, given.multicast, MULTICAST_MAX_BYTES),
  };
}

/** What a walk begins with that reads. */
function blankLorawan(): LorawanSettings {
  return { device_eui: "", join_eui: "", app_key: "", port: 1, data_rate: 0, frame_max_bytes: 51, multicast: "" };
}

function mobileText(fields: Fields, given: string): string {
  return bytesField(fields, given, MOBILE_TEXT_MAX_BYTES);
}

function topic(fields: Fields, given: string): string {
  return bytesField(fields, given, MOBILE_TOPIC_MAX_BYTES);
}

function bg96Fields(fields: Fields, given: Bg96Settings): Bg96Settings {
  const asked = AUTHENTICATIONS.indexOf(given.apn_authentication);
  return {
    apn: mobileText(fields, given.apn),
    apn_authentication: AUTHENTICATIONS[wholeField(fields, asked, 0, AUTHENTICATIONS.length - 1)],
    apn_user: mobileText(fields, given.apn_user),
    apn_password: mobileText(fields, given.apn_password),
    network: flagField(fields, given.network === "lte_m") ? "lte_m" : "nb_iot",
    host: bytesField(fields, given.host, MOBILE_HOST_MAX_BYTES),
    port: number(fields, given.port),
    tls: flagField(fields, given.tls),
    ca_file: mobileText(fields, given.ca_file),
    client_id: mobileText(fields, given.client_id),
    user: mobileText(fields, given.user),
    password: mobileText(fields, given.password),
    up_topic: topic(fields, given.up_topic),
    down_topic: topic(fields, given.down_topic),
    broadcast_topic: topic(fields, given.broadcast_topic),
    keepalive_s: number(fields, given.keepalive_s),
    edrx_s: number(fields, given.edrx_s),
    psm_period_s: wholeField(fields, given.psm_period_s, 0, PERIODIC_MAX_S),
    psm_active_s: number(fields, given.psm_active_s),
    watch_ms: wholeField(fields, given.watch_ms, 0, MILLISECONDS_MAX),
  };
}

/** What a walk begins with that reads. */
function blankBg96(): Bg96Settings {
  return {
    apn: "",
    apn_authentication: "none",
    apn_user: "",
    apn_password: "",
    network: "nb_iot",
    host: "",
    port: 1,
    tls: false,
    ca_file: "",
    client_id: "",
    user: "",
    password: "",
    up_topic: "",
    down_topic: "",
    broadcast_topic: "",
    keepalive_s: 0,
    edrx_s: 0,
    psm_period_s: 0,
    psm_active_s: 0,
    watch_ms: 0,
  };
}

function modemFields(fields: Fields, given: ModemSettings): ModemSettings {
  const has_wmbus = flagField(fields, given.wmbus !== undefined);
  const is_t = has_wmbus && flagField(fields, given.wmbus !== undefined && given.wmbus.mode === "T");
  const has_lorawan = flagField(fields, given.lorawan !== undefined);
  const lorawan = given.lorawan === undefined ? blankLorawan() : given.lorawan;
  const read_lorawan = has_lorawan ? lorawanFields(fields, lorawan) : undefined;
  const has_bg96 = flagField(fields, given.bg96 !== undefined);
  const bg96 = given.bg96 === undefined ? blankBg96() : given.bg96;
  return {
    wmbus: has_wmbus ? { mode: is_t ? "T" : "C" } : undefined,
    lorawan: read_lorawan,
    bg96: has_bg96 ? bg96Fields(fields, bg96) : undefined,
  };
}

function plateFields(fields: Fields, given: RadioPlate): RadioPlate {
  return {
    station: stationFields(fields, given.station),
    update_key: hexField(fields, given.update_key),
    update_key_revision: number(fields, given.update_key_revision),
    update_key_next: hexField(fields, given.update_key_next),
    modem: modemFields(fields, given.modem),
  };
}

/** Settings of a radio that is off. */
export function blankRadioPlate(): RadioPlate {
  return {
    station: {
      interval_s: 0,
      master_key: "",
      region_key: "",
      region_key_revision: 1,
      region_key_next: "",
      group: 0,
      listen_minute: 0,
      listen_s: 0,
    },
    update_key: "",
    update_key_revision: 1,
    update_key_next: "",
    modem: { wmbus: undefined, lorawan: undefined, bg96: undefined },
  };
}

/** The bytes of a radio's part. */
export function radioPlateBytes(plate: RadioPlate): string {
  const fields = writeFields();
  wholeField(fields, FORM, FORM, FORM);
  plateFields(fields, plate);
  return fields.text;
}

/** The radio's part in these bytes; undefined when they are none, or not whole. */
export function readRadioPlate(bytes: string): RadioPlate | undefined {
  const fields = readFields(bytes);
  wholeField(fields, FORM, FORM, FORM);
  const plate = plateFields(fields, blankRadioPlate());
  return fields.ok && fields.place === bytes.length ? plate : undefined;
}

/** The same bytes with every key and password empty, public keys too: they are as good as the line that they come over. */
export function keylessRadioPlate(bytes: string): string {
  const plate = readRadioPlate(bytes);
  if (plate === undefined) {
    return "";
  }
  plate.station.master_key = "";
  plate.station.region_key = "";
  plate.station.region_key_next = "";
  plate.update_key = "";
  plate.update_key_next = "";
  if (plate.modem.lorawan !== undefined) {
    plate.modem.lorawan.app_key = "";
    plate.modem.lorawan.multicast = "";
  }
  if (plate.modem.bg96 !== undefined) {
    plate.modem.bg96.apn_password = "";
    plate.modem.bg96.password = "";
  }
  return radioPlateBytes(plate);
}
