/**
 * A LoRaWAN modem at the desk: what a settings file says of it (`radio.lorawan`), and what one meter's modem is told
 * (firmware/modem/rak3172.ts). Keys are derived (tools/keys/derive.ts); `curbstop keys lorawan` lists them for the network.
 *
 *   join_eui          of whom the meters join (once AppEUI), 16 hexadecimal digits
 *   device_eui_file, device_eui_block    where a meter's own EUI comes from, one of the two (device_euis.ts)
 *   port              FPort of the meters' frames; 200 to 203 are those of the LoRa Alliance's own packages
 *   data_rate         at which the meters send, by the number that their region gives it, and never at another
 *   frame_max_bytes   longest payload at that rate. Left out: as in EU868, 51 up to 2 (SF10), 115 at 3 (SF9), 222 above; 242
 *                     in a network without repeaters; other regions have numbers of their own (RP002). A report takes
 *                     up to TELEGRAM_MAX_BYTES, and goes in pieces where it is longer (firmware/modem/lorawan_pieces.ts)
 *   multicast         {address, frequency_hz, data_rate} of the group to which the network sends what is for all: its DevAddr,
 *                     and where and how fast it sends. The modem hears it in class C, as all else
 *
 * The band is a setting that the module keeps, and the firmware leaves it alone.
 */
import { z } from "zod";
import { PIECE_MIN_BYTES } from "../../firmware/modem/lorawan_pieces";
import type { LorawanSettings } from "../../firmware/modem/rak3172";
import { LORAWAN_FRAME_MAX_BYTES, LORAWAN_PORT_MAX, LORAWAN_RATE_MAX } from "../../firmware/radio_plate";
import { whole } from "../../sim/scenario/settings_schema";
import { hex } from "../hex";
import type { Secret } from "../keys/secret";
import { BLOCK_OF_FILE, EUI, euiOfBlock, readEuis } from "./device_euis";
import type { LorawanNeeds, MeterLorawan } from "./meter_keys";
import { ProvisionError } from "./provision_error";

const PORT_USUAL = 2;
/** SF7 in EU868 and most other regions. */
const RATE_USUAL = 5;
/** Longest payloads in EU868 by data rate, and at all above, where a repeater may stand between (RP002). */
const RATE_PAYLOADS_BYTES: readonly number[] = [51, 51, 51, 115];
const FAST_PAYLOAD_BYTES = 222;
const PACKAGE_PORTS = { first: 200, last: 203 };
const FREQUENCY_MIN_HZ = 150_000_000;
const FREQUENCY_MAX_HZ = 960_000_000;

const MULTICAST_OF_FILE = z
  .strictObject({
    address: z
      .string()
      .regex(/^[0-9A-Fa-f]{8}$/, "must be 8 hexadecimal digits")
      .describe("Address of the group (DevAddr), out of the network's own."),
    frequency_hz: whole(FREQUENCY_MIN_HZ, FREQUENCY_MAX_HZ).default(869_525_000).describe("Where the network sends."),
    data_rate: whole(0, LORAWAN_RATE_MAX).default(RATE_USUAL).describe("How fast: number of the region's data rate."),
  })
  .describe("The group to which the network sends what is for all.");

export const LORAWAN_OF_FILE = z
  .strictObject({
    join_eui: EUI.describe("JoinEUI of the network."),
    device_eui_file: z.string().min(1).optional().describe("CSV with the columns meter and device_eui."),
    device_eui_block: BLOCK_OF_FILE.optional(),
    port: whole(1, LORAWAN_PORT_MAX)
      .refine((port) => port < PACKAGE_PORTS.first || port > PACKAGE_PORTS.last, {
        error: `must not be ${PACKAGE_PORTS.first} to ${PACKAGE_PORTS.last}, which are those of LoRaWAN's own packages`,
      })
      .default(PORT_USUAL)
      .describe("FPort of the meters' frames."),
    data_rate: whole(0, LORAWAN_RATE_MAX)
      .default(RATE_USUAL)
      .describe("Data rate of the meters' frames: number of the region's."),
    frame_max_bytes: whole(PIECE_MIN_BYTES, LORAWAN_FRAME_MAX_BYTES)
      .optional()
      .describe("Longest payload at that rate (default: as in EU868)."),
    multicast: MULTICAST_OF_FILE.optional(),
  })
  .refine((from) => (from.device_eui_file === undefined) !== (from.device_eui_block === undefined), {
    error: "must have device_eui_file or device_eui_block, and not both",
  })
  .describe("A LoRaWAN modem; its keys are derived when they are given.");

export type LorawanOfFile = z.output<typeof LORAWAN_OF_FILE>;

/** What is to be made of keys for these settings. */
export function lorawanNeeds(lorawan: LorawanOfFile | undefined): LorawanNeeds | undefined {
  if (lorawan === undefined) return undefined;
  return { euiOf: deviceEuis(lorawan), group: lorawan.multicast?.address };
}

/** Whose EUI is whose: a list is read once. */
export function deviceEuis({ device_eui_file, device_eui_block }: LorawanOfFile): (meter: string) => string {
  if (device_eui_block !== undefined) return (meter) => euiOfBlock(device_eui_block, meter);
  if (device_eui_file === undefined) throw new Error("settings of LoRaWAN were checked to have EUIs");
  const euis = readEuis(device_eui_file);
  return (meter) => {
    const eui = euis.get(meter);
    if (eui !== undefined) return eui;
    throw new ProvisionError(`meter ${meter}: it has no device EUI (looked for in ${device_eui_file})`);
  };
}

/** Behind AT+ADDMULC=; class C has no period. It holds keys. */
function multicastText(lorawan: LorawanOfFile, keys: MeterLorawan): string {
  const { multicast } = lorawan;
  if (multicast === undefined) return "";
  if (keys.group === undefined) throw new Error("keys of a group were made for these settings");
  const { network, application } = keys.group;
  const digits = (key: Secret): string => hex(key.bytes());
  const session = `${multicast.address.toUpperCase()}:${digits(network)}:${digits(application)}`;
  return `C:${session}:${multicast.frequency_hz}:${multicast.data_rate}:0`;
}

/** What the modem of one meter is told. It holds its keys. */
export function lorawanSettings(lorawan: LorawanOfFile, keys: MeterLorawan): LorawanSettings {
  const { join_eui, port, data_rate } = lorawan;
  const frame_max_bytes = lorawan.frame_max_bytes ?? RATE_PAYLOADS_BYTES[data_rate] ?? FAST_PAYLOAD_BYTES;
  return {
    device_eui: keys.device_eui,
    join_eui: join_eui.toUpperCase(),
    app_key: hex(keys.key.bytes()),
    ...{ port, data_rate, frame_max_bytes },
    multicast: multicastText(lorawan, keys),
  };
}
