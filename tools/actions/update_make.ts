/**
 * What `curbstop update make` does: a board's firmware as an update, to be signed.
 */
import { readManifest, manifestBytes, manifestFault } from "../../firmware/update/manifest";
import { BundleError } from "../../sim/bundle/project";
import { UserError } from "../../sim/scenario/user_error";
import { readBoard } from "../build/board_file";
import { bundleBoard } from "../build/bundle";
import { firmwareId } from "../build/firmware_id";
import type { Context } from "../context";
import { table } from "../output";
import { assertFree, writeMessage } from "../tariff/message_file";
import { manifestOf, type ManifestWish } from "../update/making";
import { updateFileBytes } from "../update/update_file";
import { updateJson, updateRows } from "../update/words";
import { printJson } from "./keys_session";

export interface UpdateMakeOptions {
  readonly board: string;
  readonly region: string;
  readonly utility: number;
  readonly version: number;
  readonly updateKey: number;
  readonly start?: number;
  readonly group?: number;
  readonly meter?: string;
  readonly fragment: number;
  readonly allowDown?: boolean;
  readonly out: string;
  readonly json?: boolean;
}

function wishOf(options: UpdateMakeOptions, legal_sha256: string): ManifestWish {
  const { group, meter } = options;
  if (group !== undefined && meter !== undefined) throw new UserError("give --group or --meter");
  return {
    utility: options.utility,
    region: options.region,
    key_revision: options.updateKey,
    version: options.version,
    start_utc_s: options.start ?? 0,
    issued_utc_s: Math.floor(Date.now() / 1000),
    scope: meter !== undefined ? "meter" : group !== undefined ? "group" : "all",
    group: group ?? 0,
    meter: meter ?? "",
    allow_down: options.allowDown === true,
    board: options.board,
    legal_sha256: [...Buffer.from(legal_sha256, "hex")],
    fragment_bytes: options.fragment,
  };
}

async function imageOf(name: string): Promise<string> {
  const board = readBoard(name);
  if (board.lua?.package === "luatos" && board.nvm.update_slots === undefined)
    throw new UserError(`${board.name}: the board has no place for an update (nvm.update_slots in its file)`);
  try {
    return (await bundleBoard(board)).code;
  } catch (error) {
    if (error instanceof BundleError) throw new UserError(error.message);
    throw error;
  }
}

export async function updateMake(options: UpdateMakeOptions, context: Context): Promise<void> {
  assertFree(options.out);
  const code = await imageOf(options.board);
  const image = Buffer.from(code, "latin1");
  const manifest = manifestOf(wishOf(options, firmwareId(code).legal_sha256), image);
  const fault = manifestFault(manifest);
  if (fault !== "") throw new UserError(`no meter would take this update: its ${fault} is out of bounds`);
  const update = {
    manifest,
    signed_bytes: Buffer.from(manifestBytes(manifest)),
    signature: Buffer.alloc(0),
    image,
  };
  if (readManifest([...update.signed_bytes]) === undefined) throw new Error("a manifest that was written can be read");
  writeMessage(options.out, updateFileBytes(update));
  if (options.json === true) return printJson({ file: options.out, ...updateJson(update) }, context);
  context.output.out(table(updateRows(update)));
  context.output.out(`in ${options.out}, not signed yet\n`);
}
