/// <reference path="./luatos.d.ts" />
/**
 * The module's own LTE modem, as firmware/modem/module_modem.ts wants it: LuatOS's `mobile`, `socket` and `mqtt`.
 *
 * Messages come inside of rtos.receive, which main.lua's loop waits in: those of an MQTT client to its callback, those of
 * the network to the global function `sys_pub`, which is LuatOS's own sys.lua elsewhere and this file's here. A client is
 * closed and made anew for each connection, as the maker's demonstrations do it, never inside of its callback: LuatOS goes
 * on with it behind that. One that is closed has no callback any more, so nothing that it still had to say is heard.
 *
 *   conack      accepted                     suback      subscribed, with true or false (LuatOS from August 2025 on)
 *   recv        a message                    pong        the answer to a ping
 *   sent        the broker's receipt         disconnect, error, close    no connection any more
 *   IP_READY, IP_LOSE                        of `sys_pub`: an address, and none
 *
 * TLS: under the certificate in the file that the settings name, PEM, in the module's file system or, as it was flashed
 * beside main.lua, in `/luadb/`. The broker is held to it, to the host's name, and to its dates, by the module's own clock,
 * which the network sets: before that no certificate is valid.
 *
 * Flight mode is a call that waits on an EC618 until the network is left, or the SIM is asked: some seconds, in which the
 * loop stands still, as in a crash that its watchdog has not found yet. It is said in pauses of a minute and more, and at
 * the start where there is an APN.
 */
import type { Bg96Settings } from "../../firmware/modem/bg96_commands";
import { bg96SettingsFault } from "../../firmware/modem/bg96_commands";
import type { ModuleEngine, ModuleListener } from "../../firmware/modem/module_engine";
import { createModuleModem } from "../../firmware/modem/module_modem";
import type { ModemSettings } from "../../firmware/radio_plate";
import type { Radio } from "../../hal/radio";
import { FITTED_MODULE } from "../fitted";
import type { LuatosParts } from "./board";
import { readFile } from "./chip";
import { createTimer } from "./timer";

const SIM = 0;
/** Context of an APN that is not the SIM's own. */
const OWN_CONTEXT = 1;
const IPV4 = 1;
const APN_PROTOCOLS: Bg96Settings["apn_authentication"][] = ["none", "pap", "chap"];
/** mobile.status(): the network refuses the module. */
const STATUS_DENIED = 3;
const CERTIFICATE_FOLDERS = ["/", "/luadb/"];
/** The broker's certificate must be right. */
const VERIFY_REQUIRED = 2;
const AT_LEAST_ONCE = 1;

interface Client {
  link: LuatosMqttClient | undefined;
  listener: ModuleListener | undefined;
}

function readCertificate(name: string): string | undefined {
  for (const folder of CERTIFICATE_FOLDERS) {
    const found = readFile(folder + name);
    if (found !== undefined && found !== "") {
      return found;
    }
  }
  return undefined;
}

/** What a client's callback is told, for the listener; what `data` is, is the event's. */
function onEvent(listener: ModuleListener, event: string, data: unknown, payload: unknown): void {
  if (event === "conack") {
    listener.on_accepted();
  } else if (event === "suback") {
    listener.on_subscribed(data === true);
  } else if (event === "sent") {
    listener.on_sent(data as number);
  } else if (event === "recv") {
    listener.on_message(data as string, payload as string);
  } else if (event === "pong") {
    listener.on_alive();
  } else if (event === "disconnect" || event === "error" || event === "close") {
    listener.on_lost();
  }
}

function makeClient(module: LuatosMqtt, settings: Bg96Settings): LuatosMqttClient | undefined {
  if (!settings.tls) {
    return module.create(socket.LWIP_GP, settings.host, settings.port, false);
  }
  const certificate = readCertificate(settings.ca_file);
  if (certificate === undefined) {
    return undefined;
  }
  const secured = { server_cert: certificate, verify: VERIFY_REQUIRED };
  return module.create(socket.LWIP_GP, settings.host, settings.port, secured);
}

function open(module: LuatosMqtt, client: Client, settings: Bg96Settings, keepalive_s: number): boolean {
  const link = makeClient(module, settings);
  client.link = link;
  if (link === undefined) {
    return false;
  }
  link.auth(settings.client_id, settings.user, settings.password);
  link.keepalive(keepalive_s);
  link.autoreconn(false);
  link.on(function (_link, event, data, payload) {
    if (client.listener !== undefined) {
      onEvent(client.listener, event, data, payload);
    }
  });
  return link.connect();
}

/** Messages of the network's, from now on. */
function hearNetwork(client: Client): void {
  sys_pub = function (message) {
    if (client.listener !== undefined && (message === "IP_READY" || message === "IP_LOSE")) {
      client.listener.on_address(message === "IP_READY");
    }
  };
}

function engineOf(network: LuatosMobile, module: LuatosMqtt): ModuleEngine {
  const client: Client = { link: undefined, listener: undefined };
  hearNetwork(client);
  return {
    is_known: function () {
      return network.imei() !== undefined;
    },
    network: function () {
      if (socket.adapter(socket.LWIP_GP)[0]) {
        return "ready";
      }
      return network.status() === STATUS_DENIED ? "denied" : "searching";
    },
    signal_dbm: function () {
      return network.rssi();
    },
    set_radio: function (is_on) {
      network.flymode(SIM, !is_on, true);
    },
    set_apn: function (settings) {
      const protocol = APN_PROTOCOLS.indexOf(settings.apn_authentication);
      network.apn(SIM, OWN_CONTEXT, settings.apn, settings.apn_user, settings.apn_password, IPV4, protocol);
    },
    open: function (settings, keepalive_s) {
      return open(module, client, settings, keepalive_s);
    },
    close: function () {
      const link = client.link;
      client.link = undefined;
      if (link !== undefined) {
        link.close();
      }
    },
    is_open: function () {
      return client.link !== undefined && client.link.ready();
    },
    subscribe: function (topic) {
      return client.link !== undefined && client.link.subscribe(topic, AT_LEAST_ONCE) !== undefined;
    },
    publish: function (topic, text) {
      return client.link === undefined ? undefined : client.link.publish(topic, text, AT_LEAST_ONCE);
    },
    listen: function (listener) {
      client.listener = listener;
    },
  };
}

/** Starts the module's modem; undefined where there is none that these settings are for, or LuatOS was built without it. */
export function makeModem(parts: LuatosParts, settings: ModemSettings): Radio | undefined {
  const told = settings.bg96;
  const is_set = FITTED_MODULE && parts.radio === "module" && told !== undefined && bg96SettingsFault(told) === "";
  if (!is_set || mobile === undefined || mqtt === undefined) {
    return undefined;
  }
  return createModuleModem(engineOf(mobile, mqtt), createTimer(), told).port;
}
