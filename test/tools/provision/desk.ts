/** A key store, a settings file and a person, for tests that provision a board. */
import fs from "node:fs";
import path from "node:path";
import { openStore } from "../../../tools/keys/store";
import type { KeyRing } from "../../../tools/keys/ring";
import type { Secret } from "../../../tools/keys/secret";
import { keysFromStore } from "../../../tools/provision/meter_keys";
import { answerOf, type Answer } from "../captured_output";
import { PASSPHRASE, REGION, writeClosed } from "../keys/samples";

export const METERS = ["600727000000000009", "600727000000000017", "600727000000000025"] as const;

export const HOUSEHOLD = {
  meter: {
    pulse: { litres: 1, pulses: 10 },
    q3_l_h: 4000,
    flow_max_l_h: 10_000,
    friendly_hours: { from: "18:00", to: "08:00", holidays: ["2026-12-25", "2027-01-01"] },
    lifeline: { kind: "daily_allowance", daily_l: 50 },
    tokens: { tariff_index: 7 },
  },
  tariff: { id: 12, standing_milli: 500, blocks: [{ up_to_l: 5000, price_milli: 120_000 }, { price_milli: 240_000 }] },
};

export class Desk {
  readonly printed: string[] = [];
  readonly store: string;
  readonly phrase: string;
  readonly settings: string;
  readonly records: string;

  private constructor(readonly folder: string) {
    this.store = path.join(folder, "main.store");
    this.records = path.join(folder, "provisioned.records");
    this.phrase = writeClosed(path.join(folder, "phrase"), `${PASSPHRASE.buffer().toString()}\n`);
    this.settings = path.join(folder, "household.json");
    fs.writeFileSync(this.settings, JSON.stringify(HOUSEHOLD));
  }

  static async open(folder: string): Promise<Desk> {
    const desk = new Desk(folder);
    const made = await desk.run("keys", "make", "--region", REGION);
    if (made.exit_code !== 0) throw new Error(made.err);
    return desk;
  }

  /** Any command that opens the store. */
  async run(...words: string[]): Promise<Answer> {
    const answer = await answerOf(...words, ...this.storeWords());
    this.printed.push(answer.out, answer.err);
    return answer;
  }

  words(...more: string[]): string[] {
    const region = ["--region", REGION, "--settings", this.settings, "--person", "A. Rossi"];
    return ["provision", "--board", "espruino-rak5010", ...region, ...more];
  }

  storeWords(): string[] {
    return ["--store", this.store, "--passphrase-file", this.phrase];
  }

  async provision(...more: string[]): Promise<Answer> {
    return this.run(...this.words(...more));
  }

  async ring(): Promise<KeyRing> {
    return openStore(this.store, PASSPHRASE);
  }

  /** Every key that goes onto these boards. */
  async secrets(): Promise<Secret[]> {
    const ring = await this.ring();
    return METERS.flatMap((meter) => {
      const { transport, token } = keysFromStore(
        ring,
        REGION,
        meter,
        { card: true, tariff_index: 7, radio: false },
        new Date(),
      );
      return [transport, token].flatMap((one) => (one === undefined ? [] : [one.key]));
    });
  }
}
