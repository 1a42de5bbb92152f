/**
 * `curbstop radio`: telegrams of meters, and the gateway. None needs the store of keys: a gateway has its meters' own.
 */
import { InvalidArgumentError, Option, type Command } from "commander";
import type { RadioDecodeOptions } from "../actions/radio_decode";
import type { RadioListenOptions } from "../actions/radio_listen";
import type { RadioPlanOptions } from "../actions/radio_plan";
import type { RadioRehearseOptions } from "../actions/radio_rehearse";
import type { RadioSendOptions } from "../actions/radio_send";
import type { Context } from "../context";
import { PASSWORD_OPTION, parseRegion } from "./store_options";

/** As in radio/frame.ts, which is loaded when the command runs. */
const FORMATS: readonly NonNullable<RadioDecodeOptions["format"]>[] = ["auto", "a", "b", "none"];

/** As LORAWAN_PORT_MAX of firmware/radio_plate.ts, likewise. */
const LORAWAN_PORT_MAX = 223;

const DECODE_NOTES = `
The telegram is given in hexadecimal, from its length field on, with or without the check sums of the link layer (frame
formats A and B are recognised); a wired M-Bus frame from its 68 on. Several are read in order: a full frame explains
the compact frames of the same meter that follow it.

The key is the meter's own AES-128 key, 32 hexadecimal digits. Other people on the same machine can see the arguments
of a running program: give --key-file with a file that only you can read, or --key - and the key on standard input.

Exit code 1: the telegram is damaged, not genuine, or not for this key. Exit code 2: bad usage.

Examples:
  curbstop radio decode 1444AE0C7856341201078C2027780B134365877AC5
  curbstop radio decode 7344620E01... --key-file meter.key
  curbstop radio decode 2A442D2C99... --key 28F6... --name MyWater --json
`;

function addDecode(radio: Command, context: Context): void {
  radio
    .command("decode")
    .description("decode telegrams: what a meter says, field by field")
    .argument("<hex...>", "telegrams in hexadecimal")
    .option("--key <key>", "key of the meter; - reads it from standard input (others can see arguments)")
    .option("--key-file <file>", "read the key from this file, which only you can read")
    .addOption(new Option("--format <format>", "frame format, where it is known").choices(FORMATS))
    .option("--name <name>", "your name of the meter, for the field name")
    .option("--json", "print an object a line, with the fields that wmbusmeters prints")
    .addHelpText("after", DECODE_NOTES)
    .action(async (telegrams: string[], options: RadioDecodeOptions) => {
      const { radioDecode } = await import("../actions/radio_decode");
      await radioDecode(telegrams, options, context);
    });
}

const LISTEN_NOTES = `
The file of meters holds their keys, and only its owner may read it (chmod 600):
  [{"id": "00420001", "key": "32 hexadecimal digits", "name": "Cellar"}, ...]

Each telegram is published at wmbusmeters/ID with the fields that wmbusmeters prints. What waits in the queue goes to a
meter behind its telegram, again until it is answered; pushes are broadcast once a day in the window. Ctrl-C ends it,
and nothing is lost: the queue is on the disk. With --region and --public-key, curbstop tariff push --mqtt reaches it;
what is refused is one line on standard error.

A broker's user is named in its address, as mqtt://USER@HOST, and the password stands in a file (--mqtt-password-file,
--meters-password-file): in the address it is refused, because others can see arguments.

With --lorawan, meters have a LoRaWAN modem (curbstop keys lorawan lists them for their network server), and the server is
ChirpStack 4 with its MQTT integration in JSON. What is for all goes to a multicast group by chirpstack-rest-api, a frame
each six seconds: windows of five minutes, the gateway's (--window-seconds 300) and the meters', hold a tariff.

With --mqtt-meters, a meter's frames come at curbstop/meter/ID/up and go to curbstop/meter/ID/down and, for all,
curbstop/meters/down, in hexadecimal (BG96 modems). The broker should let each meter use its own topics only.

Examples:
  curbstop radio listen --port /dev/ttyUSB0 --meters meters.json --mqtt mqtt://localhost:1883
  curbstop radio listen --port /dev/ttyUSB0 --meters meters.json --mqtt mqtt://localhost:1883 \\
    --region 600100 --public-key region.key
  curbstop radio listen --mqtt-meters mqtt://localhost:1883 --meters meters.json --mqtt mqtt://localhost:1883
  curbstop radio listen --lorawan mqtt://localhost:1883 --lorawan-application 3c5e7a60-0e1d-4ad1-9a2b-5d1f0c6b7e21 \\
    --meters meters.json --mqtt mqtt://localhost:1883
  curbstop radio listen --field --meters meters.json --json --for 60
`;

const SEND_NOTES = `
Kinds: credit (a voucher, or the twenty digits of a token), valve, lifeline, settings, hot_list, history, flow_limit;
the body as firmware/radio/message.ts specifies it, in hexadecimal. Without a body: time, which is that of the moment when
it is sent, and key: the new one stands in the file of meters, as "next_key" beside "key".

Examples:
  curbstop radio send 00420001 valve --body 01
  curbstop radio send 00420001 credit --body 12345678901234567890
  curbstop radio send 00420001 time
`;

/** A whole number within bounds, as an option. */
function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,9}$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`a whole number from ${least} to ${most} is wanted.`);
    return value;
  };
}

function parseMinute(text: string): string {
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(text)) throw new InvalidArgumentError("a time of day is wanted, as 03:30.");
  return text;
}

function addListen(radio: Command, context: Context): void {
  radio
    .command("listen")
    .description("gateway: hear meters, publish their readings, send what waits for them")
    .option("--port <device>", "serial device of an iM871A module")
    .option("--field", "simulate a field of the meters instead")
    .option("--mqtt-meters <url>", "meters with a mobile modem, by this broker, instead")
    .option("--lorawan <url>", "meters with a LoRaWAN modem, by the broker of a ChirpStack network server, instead")
    .option("--lorawan-application <id>", "their application there, a UUID")
    .option("--lorawan-port <n>", "FPort of their frames", whole(1, LORAWAN_PORT_MAX), 2)
    .option("--lorawan-payload <bytes>", "longest for one meter: what the network's RX2 carries", whole(1, 999), 51)
    .option("--lorawan-group-payload <bytes>", "longest for the group, at its data rate", whole(1, 999), 222)
    .option("--lorawan-api <url>", "ChirpStack's REST API, for what is for all")
    .option("--lorawan-group <id>", "their multicast group there, a UUID")
    .option("--lorawan-token <file>", "an API token in a file that only you can read")
    .option("--loss <percent>", "of the simulated field: frames lost", whole(0, 90), 20)
    .option("--seed <n>", "of the simulated field", whole(0, 999_999_999), 1)
    .requiredOption("--meters <file>", "the meters and their keys, which only you can read")
    .option("--queue <file>", "the queue (default: gateway.queue beside the key store)")
    .option("--meters-password-file <file>", `of the broker of --mqtt-meters or --lorawan: ${PASSWORD_OPTION}`)
    .option("--mqtt <url>", "publish to this broker")
    .option("--mqtt-password-file <file>", PASSWORD_OPTION)
    .option("--region <code>", "with --mqtt and --public-key: take pushes of this region from the broker", parseRegion)
    .option("--public-key <file>", "of that region (curbstop keys public); what it has not signed is refused")
    .addOption(new Option("--mode <mode>", "what the module hears").choices(["c1", "t1", "c1,t1"]).default("c1"))
    .option("--window <time>", "daily window for broadcasts, UTC, as 03:30", parseMinute)
    .option("--window-seconds <s>", "its length", whole(10, 3600), 120)
    .addOption(new Option("--way <way>", "of broadcasts").choices(["code", "passes"]).default("code"))
    .option("--for <s>", "end after so many seconds", whole(1, 999_999_999))
    .option("--json", "print each reading as one object a line")
    .addHelpText("after", LISTEN_NOTES)
    .action(async (options: RadioListenOptions) => {
      const { radioListen } = await import("../actions/radio_listen");
      await radioListen(options, context);
    });
}

function addSend(radio: Command, context: Context): void {
  radio
    .command("send")
    .description("put a message for one meter into the gateway's queue")
    .argument("<meter>", "eight digits, as its telegrams say")
    .argument("<kind>", "kind of message")
    .option("--body <hex>", "what it says", "")
    .option("--queue <file>", "the queue (default: gateway.queue beside the key store)")
    .option("--json", "print {number, meter, kind, request, waiting}")
    .addHelpText("after", SEND_NOTES)
    .action(async (meter: string, kind: string, options: RadioSendOptions) => {
      const { radioSend } = await import("../actions/radio_send");
      await radioSend(meter, kind, options, context);
    });
}

const PLAN_NOTES = `
Examples:
  curbstop radio plan --bytes 1000 --meters 1000 --loss 20
  curbstop radio plan --bytes 105472 --window-seconds 60        an update of 103 KB
`;

function addPlan(radio: Command, context: Context): void {
  radio
    .command("plan")
    .description("compare ways to broadcast a content, and rehearse the best over a simulated channel")
    .option("--bytes <n>", "length of the content; above 2048, of an update's image", whole(16, 524_288), 1000)
    .option("--meters <n>", "how many are to have it", whole(1, 5000), 1000)
    .option("--loss <percent>", "frames that a meter does not hear", whole(0, 90), 20)
    .option("--mode <mode>", "of the radio: C2, SF9, ...", "C2")
    .option("--window-seconds <s>", "of an update: daily window in which meters listen", whole(10, 3600), 60)
    .option("--seed <n>", "of the rehearsal", whole(0, 999_999_999), 1)
    .option("--json", "print the best plan of each way and its rehearsal")
    .addHelpText("after", PLAN_NOTES)
    .action(async (options: RadioPlanOptions) => {
      const { radioPlan } = await import("../actions/radio_plan");
      radioPlan(options, context);
    });
}

const REHEARSE_NOTES = `
Every meter is the firmware itself with its station, number and keys; the tariff is signed under an LMS key of the run, the
gateway is that of radio listen, and all of it runs in virtual time. Exit code 1 when a meter has not come to have the
tariff in force, or anyone was above the law's limit. 1,000 meters take a minute or two and half a gigabyte.

Examples:
  curbstop radio rehearse --meters 1000 --loss 20
  curbstop radio rehearse --meters 50 --seed 7 --json
`;

function addRehearse(radio: Command, context: Context): void {
  radio
    .command("rehearse")
    .description("broadcast a signed tariff to whole simulated meters, and measure it")
    .option("--meters <n>", "how many are to have it", whole(1, 5000), 1000)
    .option("--loss <percent>", "frames that a receiver does not hear", whole(0, 90), 20)
    .option("--seed <n>", "everything follows from it", whole(0, 999_999_999), 1)
    .option("--json", "print plan, times and airtimes as one object")
    .addHelpText("after", REHEARSE_NOTES)
    .action(async (options: RadioRehearseOptions) => {
      const { radioRehearse } = await import("../actions/radio_rehearse");
      await radioRehearse(options, context);
    });
}

export function addRadio(program: Command, context: Context): void {
  const radio = program.command("radio").description("telegrams of meters").helpCommand(false);
  addDecode(radio, context);
  addListen(radio, context);
  addSend(radio, context);
  addPlan(radio, context);
  addRehearse(radio, context);
}
