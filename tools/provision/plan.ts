/**
 * The list of a batch: a CSV with a header, a meter a row.
 *
 *   meter   MeterPAN, 18 digits
 *   port    where its board is connected; may be left out where --port says it for all
 *   group   group of its radio that a signed message may name, 0 for none; may be left out for that of the settings file
 *
 * Everything that can be wrong with the list is found before the first meter is given.
 */
import fs from "node:fs";
import { parse } from "csv-parse";
import { z } from "zod";
import { fileError } from "../../sim/scenario/load";
import { UserError } from "../../sim/scenario/user_error";
import { isMeter } from "../keys/names";
import { GROUP_MAX, groupIn } from "./group";

const ROWS_MAX = 100_000;
const PLAN_MAX_BYTES = 16 * 1024 * 1024;

export interface PlannedMeter {
  readonly meter: string;
  readonly port: string;
  /** Of its radio; that of the settings file where it is left out. */
  readonly group?: number;
}

const COLUMNS: readonly string[] = ["meter", "port", "group"];

const ROWS = z.array(z.object({ record: z.record(z.string(), z.string()), info: z.object({ lines: z.number() }) }));

/** The names of a header; with two of one name the last would count, and nobody knows whether it was meant. */
export function columnsOnce(names: string[]): string[] {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`the column "${twice}" stands there twice`);
  return names;
}

async function rowsOf(text: string, file: string): Promise<z.output<typeof ROWS>> {
  const options = { columns: columnsOnce, bom: true, trim: true, skip_empty_lines: true, info: true, to: ROWS_MAX + 1 };
  try {
    return ROWS.parse(
      await new Promise((resolve, reject) => {
        parse(text, options, (error, rows: unknown) => (error === undefined ? resolve(rows) : reject(error)));
      }),
    );
  } catch (error) {
    throw new UserError(`${file}: ${(error as Error).message.split("\n")[0]} (a CSV with the columns meter and port)`);
  }
}

/** The meters of a list, in its order. `port` is that of rows which name none; `is_port` says what one looks like. */
export async function parsePlan(
  text: string,
  file: string,
  port: string | undefined,
  is_port: (text: string) => boolean,
): Promise<PlannedMeter[]> {
  const rows = await rowsOf(text, file);
  if (rows.length === 0) throw new UserError(`${file}: no meter stands in it (a header "meter,port", then a row each)`);
  if (rows.length > ROWS_MAX) throw new UserError(`${file}: more than ${ROWS_MAX} meters (make it two lists)`);
  const seen = new Set<string>();
  return rows.map(({ record, info }) => {
    const refuse = (words: string) => new UserError(`${file}:${info.lines}: ${words}`);
    const unknown = Object.keys(record).find((name) => !COLUMNS.includes(name));
    if (unknown !== undefined)
      throw refuse(`"${unknown}" is no column of such a list (they are ${COLUMNS.join(", ")})`);
    const meter = record["meter"] ?? "";
    if (!isMeter(meter)) throw refuse(`meter "${meter}" is none: it has 18 digits, the last of which is a check digit`);
    if (seen.has(meter)) throw refuse(`meter ${meter} stands here twice (a number is given once)`);
    seen.add(meter);
    const own = record["port"] ?? "";
    if (own !== "" && !is_port(own)) throw refuse(`port "${own}" is none: a serial device or tcp://host:port`);
    const where = own === "" ? port : own;
    if (where === undefined) throw refuse("no port stands here (add the column, or give --port for all)");
    const group_text = record["group"] ?? "";
    const group = groupIn(group_text);
    if (group === undefined && group_text !== "")
      throw refuse(`group "${group_text}" is none: a number from 0 to ${GROUP_MAX}`);
    return { meter, port: where, ...(group === undefined ? {} : { group }) };
  });
}

export async function readPlan(
  file: string,
  port: string | undefined,
  is_port: (text: string) => boolean,
): Promise<PlannedMeter[]> {
  let text: string;
  try {
    if (fs.statSync(file).size > PLAN_MAX_BYTES) throw new UserError(`${file}: more than ${PLAN_MAX_BYTES} bytes`);
    text = fs.readFileSync(file, "utf8");
  } catch (error) {
    throw error instanceof UserError ? error : fileError(file, error);
  }
  return parsePlan(text, file, port, is_port);
}
