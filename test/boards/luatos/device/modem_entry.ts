/// <reference path="../../../../boards/luatos/luatos.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * The module's own modem, with a broker behind the network: a board that is nobody's is given a nameplate with a radio, and
 * knows no certificate; a meter in service that has one publishes its telegrams and hears what the program brings
 * (../../modem_scene.ts), loses its address, publishes again, and keeps no connection on which its topic is forbidden.
 */
import { nativeCrc32, writeFile } from "../../../../boards/luatos/chip";
import { assemble } from "../../../../boards/luatos/main";
import { bytesText, hexText } from "../../../../firmware/card/bytes";
import { SUBSCRIBE_TIMEOUT_MS } from "../../../../firmware/modem/module_modem";
import type { Program } from "../../../../firmware/program";
import { frameB } from "../../../../firmware/radio/frames";
import { decimal } from "../../../../firmware/text";
import type { Broker } from "../../../../sim/hci/mqtt_broker";
import { createBroker, linkTo, publishTo } from "../../../../sim/hci/mqtt_broker";
import type { Host } from "../../../../sim/world/host";
import { bootWith, MOBILE, provisionWith, radioPart, radioWords, serve } from "../../modem_scene";
import { memory } from "./memory";
import { BOARD, powerUp } from "./meter_board";

const START_MS = 8000;
const HOUR_MS = 3600000;

/** A module that has just got its power, and its broker. */
function powered(host: Host, exchange: (out: string, count: number) => string): { program: Program; broker: Broker } {
  const program = powerUp(exchange);
  const broker = createBroker();
  broker.tls = true;
  broker.user = MOBILE.user;
  broker.password = MOBILE.password;
  broker.on_publish = function (topic, payload) {
    host.write_line("published " + topic + " " + bytesText(payload));
  };
  hardware.link = linkTo(broker);
  hardware.said = function (line) {
    host.write_line(line);
  };
  return { program: program, broker: broker };
}

function connections(broker: Broker): string {
  return decimal(broker.connections.length) + " of " + decimal(broker.accepted);
}

export function runProgram(host: Host): void {
  const part = radioPart(host.read_line(), MOBILE);
  const exchange = memory();
  const first = powered(host, exchange);
  provisionWith(host, first.program, part, nativeCrc32);
  hardware.pass(START_MS);
  host.write_line("without " + connections(first.broker) + " " + radioWords(hardware));
  hardware.imei = undefined;
  host.write_line("unknown " + radioWords(hardware));
  writeFile("/" + MOBILE.ca_file, "not one");
  hardware.pass(START_MS);
  host.write_line("wrong " + connections(first.broker));
  host.write_line("new books " + first.program.newBooks());

  writeFile("/" + MOBILE.ca_file, "");
  writeFile("/luadb/" + MOBILE.ca_file, "-----BEGIN PEM");
  const broker = powered(host, exchange).broker;
  // As LuatOS before August 2025: the driver waits for it.
  hardware.tells_subscriptions = false;
  const meter = bootWith(
    assemble(BOARD, function (request) {
      return request;
    }),
    part,
  );
  hardware.pass(START_MS + SUBSCRIBE_TIMEOUT_MS);
  if (meter === undefined) {
    return;
  }
  host.write_line("with " + connections(broker) + " " + radioWords(hardware));
  const bring = function (content: number[]): void {
    publishTo(broker, MOBILE.down_topic, hexText(frameB(content)));
  };
  serve(host, bring, meter, function (span_ms) {
    hardware.pass(span_ms);
  });
  hardware.tells_subscriptions = true;
  // What the client says of it is lost: the network's own message is enough.
  hardware.events_lost = 2;
  hardware.lose_address();
  hardware.pass(START_MS);
  host.write_line("anew " + connections(broker));
  hardware.pass(HOUR_MS);
  host.write_line("hour " + connections(broker));
  broker.forbidden = [MOBILE.down_topic];
  hardware.lose_address();
  hardware.pass(START_MS);
  host.write_line("forbidden " + connections(broker));
}
