/**
 * A mobile module with LuatOS as the firmware in it sees it: a twin of `ModuleEngine` (firmware/modem/module_engine.ts), at
 * the other side of firmware/modem/module_modem.ts. From what LuatOS's sources say of `mobile`, `socket` and `mqtt`
 * (github.com/openLuat/LuatOS: components/mobile/luat_lib_mobile.c, components/network/libemqtt/luat_lib_mqtt.c and
 * luat_mqtt_client.c); the modules themselves, by their names, are played by test/boards/luatos/hardware.lua.
 *
 * The broker is behind an `MqttLink` (mqtt_broker.ts). Calls return at once, and what comes of them is told later, by the
 * messages that rtos.receive brings; none is told of a connection that was closed. A ping goes out every three quarters of
 * the keep-alive, and nobody looks for its answer. What cannot go out breaks the connection.
 *
 * Faults:
 *   registration      mobile.status(): 2 searching, 3 denied
 *   untold            its firmware tells of no subscription (LuatOS before August 2025)
 *   lost_events       so many messages to the listener are lost
 *   refuse_times      so many subscriptions or frames cannot go out
 *   dead              nothing goes out and nothing comes in, and the module does not know
 *   files             names of certificates that it has; without the settings' no connection by TLS
 *   loseAddress       the network takes the address back; a new one comes after a while
 *   breakConnection   the connection is gone
 * Not modelled: packets, DNS, the certificate's own faults, memory that runs out, flight mode that blocks its caller.
 */
import { assert } from "../../firmware/assert";
import { bytesText, textBytes } from "../../firmware/card/bytes";
import type { Bg96Settings } from "../../firmware/modem/bg96_commands";
import type { ModuleEngine, ModuleListener } from "../../firmware/modem/module_engine";
import type { Timer } from "../../hal/timer";
import type { MqttLink } from "./mqtt_broker";
import { CONNECTION_ACCEPTED, SUBSCRIPTION_FAILED } from "./mqtt_broker";

const REGISTER_MS = 3000;
/** There and back over the air. */
const ROUND_TRIP_MS = 100;
const REGISTERED = 1;
const DENIED = 3;
const ROAMING = 5;
const NEVER_MS = 4503599627370496;

interface Later {
  at_ms: number;
  /** The connection that it is of; 0 for none. */
  connection: number;
  run: () => void;
}

export interface LuatosModule {
  engine: ModuleEngine;
  timer: Timer;
  link: MqttLink;
  listener: ModuleListener | undefined;
  later: Later[];
  /** Inside of a call of the listener's. */
  is_telling: boolean;
  is_known: boolean;
  radio_on: boolean;
  /** Times that the radio was switched off. */
  radio_offs: number;
  registration: number;
  has_address: boolean;
  /** As in the settings that were said last. */
  apn: string;
  signal_dbm: number;
  files: string[];
  untold: boolean;
  lost_events: number;
  refuse_times: number;
  dead: boolean;
  state: "closed" | "connecting" | "ready";
  /** Of the connection that was opened last. */
  connection: number;
  message_id: number;
  keepalive_s: number;
}

function settle(module: LuatosModule): void {
  let at_ms = NEVER_MS;
  for (const one of module.later) {
    at_ms = Math.min(at_ms, one.at_ms);
  }
  if (at_ms < NEVER_MS) {
    module.timer.alarm(at_ms, function () {
      onAlarm(module);
    });
  }
}

function after(module: LuatosModule, span_ms: number, connection: number, run: () => void): void {
  module.later.push({ at_ms: module.timer.now_ms() + span_ms, connection: connection, run: run });
  settle(module);
}

function onAlarm(module: LuatosModule): void {
  const now_ms = module.timer.now_ms();
  const due: Later[] = [];
  const rest: Later[] = [];
  for (const one of module.later) {
    if (one.at_ms <= now_ms) {
      due.push(one);
    } else {
      rest.push(one);
    }
  }
  module.later = rest;
  for (const one of due) {
    if (one.connection === 0 || one.connection === module.connection) {
      one.run();
    }
  }
  settle(module);
}

/** A message to the listener, unless it is lost. */
function tell(module: LuatosModule, run: (listener: ModuleListener) => void): void {
  const listener = module.listener;
  if (module.lost_events > 0) {
    module.lost_events -= 1;
  } else if (listener !== undefined) {
    module.is_telling = true;
    run(listener);
    module.is_telling = false;
  }
}

/** The network gives an address, when it is found. */
function register(module: LuatosModule): void {
  after(module, REGISTER_MS, 0, function () {
    const is_registered = module.registration === REGISTERED || module.registration === ROAMING;
    if (module.radio_on && !module.has_address && is_registered) {
      module.has_address = true;
      tell(module, function (listener) {
        listener.on_address(true);
      });
    } else if (module.radio_on && !module.has_address) {
      register(module);
    }
  });
}

export function breakConnection(module: LuatosModule): void {
  if (module.state !== "closed") {
    module.link.close();
    module.state = "closed";
    after(module, 0, module.connection, function () {
      tell(module, function (listener) {
        listener.on_lost();
      });
    });
  }
}

function dropAddress(module: LuatosModule): void {
  if (module.has_address) {
    module.has_address = false;
    tell(module, function (listener) {
      listener.on_address(false);
    });
  }
}

export function loseAddress(module: LuatosModule): void {
  dropAddress(module);
  breakConnection(module);
  register(module);
}

function ping(module: LuatosModule): void {
  after(module, Math.floor((module.keepalive_s * 3000) / 4), module.connection, function () {
    if (module.state === "ready") {
      ping(module);
      if (!module.dead) {
        tell(module, function (listener) {
          listener.on_alive();
        });
      }
    }
  });
}

function connect(module: LuatosModule, settings: Bg96Settings): void {
  module.link.connect(settings.client_id, settings.user, settings.password, function (code) {
    if (code !== CONNECTION_ACCEPTED) {
      breakConnection(module);
      return;
    }
    module.state = "ready";
    ping(module);
    tell(module, function (listener) {
      listener.on_accepted();
    });
  });
}

function open(module: LuatosModule, settings: Bg96Settings, keepalive_s: number): boolean {
  assert(!module.is_telling, "a client is made anew outside of its callback");
  assert(module.state === "closed", "one connection at a time");
  if (settings.tls && module.files.indexOf(settings.ca_file) < 0) {
    return false;
  }
  module.connection += 1;
  module.state = "connecting";
  module.message_id = 0;
  module.keepalive_s = keepalive_s;
  after(module, ROUND_TRIP_MS, module.connection, function () {
    if (!module.has_address || module.dead) {
      return;
    }
    module.link.open(settings.host, settings.port, settings.tls, function (result) {
      if (result === 0) {
        connect(module, settings);
      } else {
        breakConnection(module);
      }
    });
  });
  return true;
}

/** Whether something goes out; what does not breaks the connection. */
function goesOut(module: LuatosModule): boolean {
  if (module.refuse_times > 0) {
    module.refuse_times -= 1;
    breakConnection(module);
    return false;
  }
  return module.state === "ready";
}

function subscribe(module: LuatosModule, topic: string): boolean {
  if (!goesOut(module)) {
    return false;
  }
  after(module, ROUND_TRIP_MS, module.connection, function () {
    if (module.dead || module.state !== "ready") {
      return;
    }
    module.link.subscribe(topic, function (granted) {
      if (!module.untold) {
        tell(module, function (listener) {
          listener.on_subscribed(granted !== SUBSCRIPTION_FAILED);
        });
      }
    });
  });
  return true;
}

function publish(module: LuatosModule, topic: string, text: string): number | undefined {
  if (!goesOut(module)) {
    return undefined;
  }
  module.message_id += 1;
  const message_id = module.message_id;
  after(module, ROUND_TRIP_MS, module.connection, function () {
    if (module.dead || module.state !== "ready") {
      return;
    }
    module.link.publish(topic, textBytes(text), function (ok) {
      if (ok) {
        tell(module, function (listener) {
          listener.on_sent(message_id);
        });
      }
    });
  });
  return message_id;
}

function setRadio(module: LuatosModule, is_on: boolean): void {
  assert(!module.is_telling, "flight mode is no matter of a callback");
  if (is_on === module.radio_on) {
    return;
  }
  module.radio_on = is_on;
  if (is_on) {
    register(module);
  } else {
    module.radio_offs += 1;
    after(module, 0, 0, function () {
      dropAddress(module);
    });
    breakConnection(module);
  }
}

function engineOf(get: () => LuatosModule): ModuleEngine {
  return {
    is_known: function () {
      return get().is_known;
    },
    network: function () {
      const module = get();
      const is_denied = module.registration === DENIED && module.radio_on;
      return module.has_address && module.radio_on ? "ready" : is_denied ? "denied" : "searching";
    },
    signal_dbm: function () {
      return get().signal_dbm;
    },
    set_radio: function (is_on) {
      setRadio(get(), is_on);
    },
    set_apn: function (settings) {
      const module = get();
      assert(!module.radio_on, "an APN is known before the SIM is");
      module.apn = settings.apn;
    },
    open: function (settings, keepalive_s) {
      return open(get(), settings, keepalive_s);
    },
    close: function () {
      const module = get();
      assert(!module.is_telling, "a client is closed outside of its callback");
      if (module.state !== "closed") {
        module.link.close();
      }
      module.state = "closed";
      module.connection += 1;
    },
    is_open: function () {
      return get().state === "ready";
    },
    subscribe: function (topic) {
      return subscribe(get(), topic);
    },
    publish: function (topic, text) {
      return publish(get(), topic, text);
    },
    listen: function (listener) {
      get().listener = listener;
    },
  };
}

/** A module that has just got its power. The timer is its own. */
export function createLuatosModule(timer: Timer, link: MqttLink): LuatosModule {
  const module: LuatosModule = {
    engine: engineOf(function () {
      return module;
    }),
    timer: timer,
    link: link,
    listener: undefined,
    later: [],
    is_telling: false,
    is_known: true,
    radio_on: true,
    radio_offs: 0,
    registration: REGISTERED,
    has_address: false,
    apn: "",
    signal_dbm: -73,
    files: [],
    untold: false,
    lost_events: 0,
    refuse_times: 0,
    dead: false,
    state: "closed",
    connection: 0,
    message_id: 0,
    keepalive_s: 0,
  };
  link.on_message = function (topic, payload) {
    if (module.state === "ready" && !module.dead) {
      tell(module, function (listener) {
        listener.on_message(topic, bytesText(payload));
      });
    }
  };
  link.on_lost = function () {
    if (!module.dead) {
      breakConnection(module);
    }
  };
  register(module);
  return module;
}
