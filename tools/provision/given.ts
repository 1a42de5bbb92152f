/**
 * Records of what was given: which number and which keys went onto which board. A journal (tools/token/journal.ts) of
 *
 *   begun    {at, meter, region, board, serial, person, digests}   before the first byte goes onto the board;
 *            radio_id of one with a radio, and device_eui of one with a LoRaWAN modem
 *   given    {at, meter, serial, firmware}                         the board says that it is this meter, and its
 *                                                                  nameplate reads back as it was sent
 *   tested   {at, meter, serial, passed}                           its certificate is written
 *
 * `serial` is the board's own, `digests` what is kept of the meter's own keys (meter_keys.ts); no key is in it.
 *
 * Why no two meters ever get one number, key or device EUI: a number is written down for one board before the board hears
 * of it, under the file's lock, and from then on no other board gets it, whatever became of the first. A person may say
 * that the first is lost or scrapped. An EUI is another's again once its meter was given another one, as when a list was
 * wrong. A radio's address is no more than the last eight digits of the number (firmware/radio/radio_settings.ts), by
 * which a region's gateway tells its meters apart: a region has each once. Two desks need records in one place. While a
 * number is being given, a second process that wants it waits for that meter's lock, and gives up.
 */
import path from "node:path";
import { z } from "zod";
import { KeyError } from "../keys/key_error";
import { LOCK_WAIT_MS, withLock } from "../keys/lock";
import { isMeter, isRegion } from "../keys/names";
import { makeSecretFolder, realFile } from "../keys/secret_file";
import { Journal } from "../token/journal";
import { ProvisionError } from "./provision_error";

const PERSON_MAX = 60;
const SERIAL_MAX = 80;
/** Somebody else is with the meter, and a person is waiting. */
const METER_WAIT_MS = 500;

const at = z.iso.datetime({ precision: 0 });
const meter = z.string().refine(isMeter);
const serial = z.string().max(SERIAL_MAX);

const ENTRY = z.discriminatedUnion("kind", [
  z.strictObject({
    at,
    kind: z.literal("begun"),
    meter,
    region: z.string().refine(isRegion),
    board: z.string().max(60),
    serial,
    person: z.string().max(PERSON_MAX),
    digests: z.array(z.string().regex(/^[0-9a-f]{32}$/)).max(4),
    radio_id: z
      .string()
      .regex(/^\d{8}$/)
      .optional(),
    device_eui: z
      .string()
      .regex(/^[0-9A-F]{16}$/)
      .optional(),
  }),
  z.strictObject({ at, kind: z.literal("given"), meter, serial, firmware: z.string().max(60) }),
  z.strictObject({ at, kind: z.literal("tested"), meter, serial, passed: z.boolean() }),
]);

type Entry = z.output<typeof ENTRY>;
type Begun = Extract<Entry, { kind: "begun" }>;

/** What is known of a number. */
export interface Given {
  readonly at: string;
  readonly serial: string;
  readonly board: string;
  readonly state: "begun" | "given" | "passed" | "failed";
}

export interface Order extends Omit<Begun, "at" | "kind"> {
  /** A person said that the board which had the number is lost or scrapped. */
  readonly other_board: boolean;
}

/** The records beside a key store. */
export function usualGivenFile(store: string): string {
  return path.join(path.dirname(store), "provisioned.records");
}

function stamp(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}

export class GivenRecords {
  readonly #journal: Journal<Entry>;
  readonly #meters = new Map<string, Given>();
  readonly #owners = new Map<string, string>();
  readonly #eui_owners = new Map<string, string>();
  /** A meter's own, the newest last; several until its board has the newest. */
  readonly #euis = new Map<string, string[]>();
  /** By region and radio_id. */
  readonly #address_owners = new Map<string, string>();
  #newest = "";

  constructor(
    readonly file: string,
    private readonly now: () => Date = () => new Date(),
  ) {
    makeSecretFolder(path.dirname(realFile(file)));
    this.#journal = new Journal<Entry>(file, ENTRY, (entry) => this.#take(entry));
  }

  #take(entry: Entry): void {
    const known = this.#meters.get(entry.meter);
    // The last one, not the latest: a desk whose clock was years ahead must not have the last word for years.
    this.#newest = entry.at;
    if (entry.kind === "begun") {
      for (const digest of entry.digests) this.#owners.set(digest, entry.meter);
      if (entry.device_eui !== undefined) this.#takeEui(entry.meter, entry.device_eui);
      if (entry.radio_id !== undefined) this.#address_owners.set(entry.region + entry.radio_id, entry.meter);
      const { serial: of, board } = entry;
      this.#meters.set(entry.meter, { at: entry.at, serial: of, board, state: "begun" });
      return;
    }
    if (known === undefined) throw new ProvisionError(`${this.file}: a number is given that was never begun`);
    if (entry.kind === "given") this.#leaveEuis(entry.meter);
    const state = entry.kind === "given" ? "given" : entry.passed ? "passed" : "failed";
    this.#meters.set(entry.meter, { ...known, at: entry.at, state });
  }

  #takeEui(number: string, eui: string): void {
    this.#eui_owners.set(eui, number);
    const before = (this.#euis.get(number) ?? []).filter((one) => one !== eui);
    this.#euis.set(number, [...before, eui]);
  }

  /** The board has the newest one now. */
  #leaveEuis(number: string): void {
    const euis = this.#euis.get(number) ?? [];
    for (const eui of euis.slice(0, -1)) this.#eui_owners.delete(eui);
    this.#euis.set(number, euis.slice(-1));
  }

  async #locked<Result>(work: () => Result): Promise<Result> {
    return withLock(
      this.file,
      async () => {
        this.#journal.refresh();
        return Promise.resolve(work());
      },
      LOCK_WAIT_MS,
    );
  }

  /** Works on one meter while no other process does. */
  async withMeter<Result>(number: string, work: () => Promise<Result>): Promise<Result> {
    let begun = false;
    const own = (): Promise<Result> => {
      begun = true;
      return work();
    };
    try {
      return await withLock(`${this.file}.${number}`, own, METER_WAIT_MS);
    } catch (error) {
      if (begun || !(error instanceof KeyError) || error.code !== "locked") throw error;
      throw new ProvisionError(`meter ${number} is being given at another desk: ${error.message}`);
    }
  }

  /** What is known of a number, undefined for a new one. */
  async find(number: string): Promise<Given | undefined> {
    return this.#locked(() => this.#meters.get(number));
  }

  /** The time of the newest record, "" without one. */
  async newest(): Promise<string> {
    return this.#locked(() => this.#newest);
  }

  /** Writes down that this board is to have this number, before the board hears of it. Rejects where it may not. */
  async begin({ other_board, ...order }: Order): Promise<void> {
    await this.#locked(() => {
      const known = this.#meters.get(order.meter);
      const same_board = known !== undefined && known.serial !== "" && known.serial === order.serial;
      if (known !== undefined && !same_board && !other_board) {
        throw new ProvisionError(
          `meter ${order.meter} was ${known.state === "begun" ? "begun" : "given"} at ${known.at} to board ` +
            `${known.serial || "without a serial number"}, and this is ${order.serial || "a board without one"} ` +
            `(take that board, or say --other-board when it is lost or scrapped)`,
        );
      }
      this.#assertItsOwn(order);
      this.#journal.append({ at: stamp(this.now()), kind: "begun", ...order });
    });
  }

  /** Refuses what another meter has. */
  #assertItsOwn({ meter: number, region, digests, radio_id, device_eui }: Omit<Order, "other_board">): void {
    const isAnothers = (owner: string | undefined): owner is string => owner !== undefined && owner !== number;
    const key_owner = digests.map((digest) => this.#owners.get(digest)).find(isAnothers);
    if (key_owner !== undefined)
      throw new ProvisionError(`meter ${number} would have a key of meter ${key_owner} (look at the key store)`);
    const eui_owner = device_eui === undefined ? undefined : this.#eui_owners.get(device_eui);
    if (isAnothers(eui_owner)) {
      const remedy = "(look at the list or block of EUIs in its settings)";
      throw new ProvisionError(`meter ${number} would have the device EUI of meter ${eui_owner} ${remedy}`);
    }
    const address_owner = radio_id === undefined ? undefined : this.#address_owners.get(region + radio_id);
    if (isAnothers(address_owner)) {
      const remedy = "(their last eight digits are the same: give it another number, or take it to another region)";
      throw new ProvisionError(`meter ${number} would have the radio address of meter ${address_owner} ${remedy}`);
    }
  }

  /** The board is this meter. */
  async give(number: string, board_serial: string, firmware: string): Promise<void> {
    const entry = { at: stamp(this.now()), kind: "given", meter: number, serial: board_serial, firmware } as const;
    await this.#locked(() => this.#journal.append(entry));
  }

  /** Its certificate is written. */
  async test(number: string, board_serial: string, passed: boolean): Promise<void> {
    const entry = { at: stamp(this.now()), kind: "tested", meter: number, serial: board_serial, passed } as const;
    await this.#locked(() => this.#journal.append(entry));
  }
}
