/**
 * What `curbstop keys lorawan` does: what a LoRaWAN network server must know of meters, as it imports it. Never on standard
 * output.
 *
 *   devices   dev_eui;join_eui;name;app_key, a meter a row in the order of its list; name is the meter's number
 *   group     mc_addr;mc_nwk_s_key;mc_app_s_key;frequency_hz;data_rate;class, one row
 *
 * Semicolons, and the names of the columns, are those of The Things Stack (its "CSV File Reference"); other servers take a
 * CSV by names of columns too, or by a script of a few lines. EUIs and keys are hexadecimal, high byte first.
 */
import path from "node:path";
import { UserError } from "../../sim/scenario/user_error";
import type { Context } from "../context";
import { hex } from "../hex";
import { lorawanAppKey, lorawanGroupKeys } from "../keys/derive";
import { fingerprint } from "../keys/fingerprint";
import type { RegionKey } from "../keys/ring";
import { noStore, openStore, storeExists } from "../keys/store";
import { deviceEuis, type LorawanOfFile } from "../provision/lorawan_part";
import { readPlan } from "../provision/plan";
import { loadSettings } from "../provision/settings_file";
import { assertFree, writeNewSecret } from "./new_secret";
import { printJson, storeFile, storePassphrase, type StoreOptions } from "./keys_session";

export interface KeysLorawanOptions extends StoreOptions {
  region: string;
  settings: string;
  meter?: string;
  batch?: string;
  out: string;
  groupOut?: string;
}

interface Device {
  readonly meter: string;
  readonly device_eui: string;
}

type Group = NonNullable<LorawanOfFile["multicast"]>;

function csv(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.join(";")}\n`).join("");
}

function lorawanIn(file: string): LorawanOfFile {
  const { lorawan } = loadSettings(file).meter.radio ?? {};
  if (lorawan !== undefined) return lorawan;
  throw new UserError(`${file}: meter.radio.lorawan: is not there, so its meters join no network (add it)`);
}

/** The meters of a batch's list; where their boards are connected is of no matter here. */
async function metersOf({ meter, batch }: KeysLorawanOptions): Promise<string[]> {
  if (batch !== undefined && meter === undefined)
    return (await readPlan(batch, "", () => true)).map((planned) => planned.meter);
  if (meter !== undefined && batch === undefined) return [meter];
  throw new UserError("give --meter for one meter, or --batch for a list of them");
}

function devicesText(lorawan: LorawanOfFile, radio: RegionKey, devices: readonly Device[]): string {
  const join_eui = lorawan.join_eui.toUpperCase();
  const rows = devices.map(({ meter, device_eui }) => {
    return [device_eui, join_eui, meter, hex(lorawanAppKey(radio, meter).bytes())];
  });
  return csv([["dev_eui", "join_eui", "name", "app_key"], ...rows]);
}

function groupText(multicast: Group, radio: RegionKey): string {
  const { network, application } = lorawanGroupKeys(radio, multicast.address);
  const keys = [hex(network.bytes()), hex(application.bytes())];
  const where = [String(multicast.frequency_hz), String(multicast.data_rate), "C"];
  return csv([
    ["mc_addr", "mc_nwk_s_key", "mc_app_s_key", "frequency_hz", "data_rate", "class"],
    [multicast.address.toUpperCase(), ...keys, ...where],
  ]);
}

export async function keysLorawan(options: KeysLorawanOptions, context: Context): Promise<void> {
  const { region, settings, out, groupOut: group_out } = options;
  if (group_out !== undefined && path.resolve(group_out) === path.resolve(out))
    throw new UserError("--out and --group-out are the same file (take two names)");
  const lorawan = lorawanIn(settings);
  const { multicast } = lorawan;
  if (group_out !== undefined && multicast === undefined)
    throw new UserError(`${settings}: meter.radio.lorawan.multicast: is not there (leave --group-out away)`);
  const euiOf = deviceEuis(lorawan);
  const devices = (await metersOf(options)).map((meter): Device => ({ meter, device_eui: euiOf(meter) }));
  const store = storeFile(options);
  for (const file of [out, group_out]) if (file !== undefined) assertFree(file);
  if (!storeExists(store)) throw noStore(store);
  const radio = (await openStore(store, await storePassphrase(options, context))).current(region, "radio");
  await writeNewSecret(out, devicesText(lorawan, radio, devices));
  if (group_out !== undefined && multicast !== undefined) await writeNewSecret(group_out, groupText(multicast, radio));
  const { revision } = radio;
  const print = fingerprint(radio.key);
  if (options.json === true) {
    const files = group_out === undefined ? { file: out } : { file: out, group_file: group_out };
    return printJson({ ...files, region, radio_key: { revision, fingerprint: print }, devices }, context);
  }
  const under = `under radio key ${revision} (${print}) of region ${region}`;
  context.output.out(`${devices.length} ${devices.length === 1 ? "device" : "devices"} ${under} in ${out}\n`);
  if (group_out !== undefined) context.output.out(`the group's keys in ${group_out}\n`);
  context.output.out("the keys stand there in the clear: give the file to the network server, then remove it\n");
}
