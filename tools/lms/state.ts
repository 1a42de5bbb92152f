/**
 * The counter of used leaves: which leaf signs next. Two messages under one leaf are a forgery waiting to be made, so the
 * counter is durable before a leaf signs, and a counter that may be old does not sign at all.
 *
 * It is kept twice, in files of one line of JSON:
 *   the counter   beside the key store, in `STORE.signing/IDENTIFIER.counter`
 *   the record    the machine's own, in the user's state folder: curbstop/signing/IDENTIFIER.record
 *
 *   identifier  of the key             next     leaf that signs next           state   16 random bytes
 *   before      state before this one  machine  SHA-256 over the machine's id  check   HMAC over all this
 *
 * Each reservation of a leaf makes a new random state and writes first the record, then the counter; each is written
 * beside, forced to the disk, renamed, and its folder forced to the disk (keys/secret_file.ts). Only then is the
 * signature computed. What may be found afterwards:
 *
 *   both the same                        go on
 *   the record one step ahead            cut off between the two writes: its leaf may have been about to sign and is
 *                                        given up; go on behind it
 *   the record further ahead             the counter is a restored copy: refused
 *   the counter ahead                    the record is a restored copy: refused
 *   equal numbers, different states      two histories of one key: refused
 *   one of them missing                  copied without it, or lost: refused
 *   another machine's                    the whole state was copied: refused
 *   a check that is wrong                damaged, or another key's: refused
 *
 * A refused key never signs again; the way on is a new revision of the key. The record is shared by all copies of a store
 * on one machine, and whoever writes holds its lock, so two copies there never use one leaf, and the one that is two
 * steps behind is refused.
 *
 * Not detected: both files, restored together on the machine that wrote them (an image of the disk, a snapshot of a
 * virtual machine), and a clone of a machine with its id. What has been signed since tells: `--seen` hands such
 * messages in, and a counter that would sign their leaf again is refused. Who can do these things to a signing machine
 * has to be kept away from it, or the key kept in an HSM.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import fs from "node:fs";
import { homedir, hostname } from "node:os";
import path from "node:path";
import { KeyError } from "../keys/key_error";
import { makeSecretFolder, readSecretFile, realFile, writeSecretFile } from "../keys/secret_file";
import { signingName, signingRotation, type SigningKey } from "../keys/signing";

const STATE_MAX_BYTES = 1024;
const STATE_BYTES = 16;
const CHECK_LABEL = "curbstop signing state";
const MACHINE_LABEL = "curbstop signing machine";
const MACHINE_ID_FILES = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

/** Where a key's state is, and which machine this is. */
export interface StatePlaces {
  readonly counter: string;
  readonly record: string;
  readonly leaves: string;
  readonly machine: string;
}

export interface SigningState {
  readonly next: number;
  readonly state: string;
  readonly before: string;
  readonly machine: string;
}

/** The machine's id, and its name where the system has none: neither leaves it as it is. */
function machineDigest(): string {
  const id = MACHINE_ID_FILES.map((file) => {
    try {
      return fs.readFileSync(file, "utf8").trim();
    } catch {
      return "";
    }
  }).find((text) => text !== "");
  const said = id ?? `host ${hostname()}`;
  return createHash("sha256")
    .update(`${MACHINE_LABEL} ${said}`)
    .digest("hex")
    .slice(0, 2 * STATE_BYTES);
}

/** The user's folder for what belongs to this machine and is no data to be carried elsewhere. */
function stateFolder(): string {
  const state = process.env["XDG_STATE_HOME"];
  const base = state !== undefined && path.isAbsolute(state) ? state : path.join(homedir(), ".local", "state");
  return path.join(base, "curbstop", "signing");
}

export function usualPlaces(store: string, { identifier }: Pick<SigningKey, "identifier">): StatePlaces {
  const beside = `${realFile(store)}.signing`;
  return {
    counter: path.join(beside, `${identifier}.counter`),
    record: path.join(stateFolder(), `${identifier}.record`),
    leaves: path.join(beside, `${identifier}.leaves`),
    machine: machineDigest(),
  };
}

function checkOf(key: SigningKey, text: string): string {
  const mac_key = createHmac("sha256", key.seed.buffer()).update(CHECK_LABEL).digest();
  return createHmac("sha256", mac_key).update(text).digest("hex");
}

function stateText(key: SigningKey, { next, state, before, machine }: SigningState): string {
  const plain = { identifier: key.identifier, next, state, before, machine };
  return `${JSON.stringify({ ...plain, check: checkOf(key, JSON.stringify(plain)) })}\n`;
}

/** The way on for all that is refused. */
function refused(key: SigningKey, why: string): KeyError {
  const advice = `make a new one: ${signingRotation(key)}`;
  return new KeyError("signing_state", `the ${signingName(key)} signs no more: ${why} (${advice})`);
}

/** A state as a file holds it; undefined when there is none. Exactly one text is good for one state. */
function stateIn(file: string, key: SigningKey): SigningState | undefined {
  const bytes = readSecretFile(file, STATE_MAX_BYTES);
  if (bytes === undefined) return undefined;
  const parts = /^\{"identifier":"[0-9a-f]{32}","next":(\d{1,8}),"state":"([0-9a-f]{32})","before":"([0-9a-f]{32})",/;
  const rest = /"machine":"([0-9a-f]{32})","check":"[0-9a-f]{64}"\}\n$/;
  const text = bytes.toString("latin1");
  const [head, tail] = [parts.exec(text), rest.exec(text)];
  if (head !== null && tail !== null) {
    const state = { next: Number(head[1]), state: head[2], before: head[3], machine: tail[1] };
    const expected = Buffer.from(stateText(key, state));
    if (expected.length === bytes.length && timingSafeEqual(expected, bytes)) return state;
  }
  throw refused(key, `${file} is damaged or another key's`);
}

/** The state to go on from, or the reason why not. Reads only. */
export function readState(places: StatePlaces, key: SigningKey): SigningState {
  const counter = stateIn(places.counter, key);
  const record = stateIn(places.record, key);
  if (counter === undefined) throw refused(key, `${places.counter} is missing`);
  if (record === undefined) {
    throw refused(key, `${places.record} is missing, as when the store was copied from another machine`);
  }
  for (const { machine } of [counter, record]) {
    if (machine !== places.machine) throw refused(key, "its counter was copied from another machine");
  }
  if (record.next === counter.next && record.state === counter.state) return record;
  if (record.next === counter.next + 1 && record.before === counter.state) return record;
  if (record.next > counter.next) {
    throw refused(key, `${places.counter} is an old copy, ${counter.next} leaves used, and not ${record.next}`);
  }
  if (record.next < counter.next) {
    throw refused(key, `${places.record} is an old copy, ${record.next} leaves used, and not ${counter.next}`);
  }
  throw refused(key, `${places.counter} and ${places.record} are of different histories`);
}

function writeState(places: StatePlaces, key: SigningKey, state: SigningState): void {
  const text = stateText(key, state);
  writeSecretFile(places.record, text);
  writeSecretFile(places.counter, text);
}

function freshState(): string {
  return randomBytes(STATE_BYTES).toString("hex");
}

/** The first state of a new key. Before the key is in a store, so that no key is ever there without its state. */
export function writeFirstState(places: StatePlaces, key: SigningKey): void {
  makeSecretFolder(path.dirname(places.counter));
  makeSecretFolder(path.dirname(places.record));
  if (fs.existsSync(places.counter) || fs.existsSync(places.record)) throw new Error("a new key has no state yet");
  writeState(places, key, { next: 0, state: freshState(), before: freshState(), machine: places.machine });
}

/**
 * Brings a counter up to its record that was cut off from it. Before the next leaf is taken, or a second cut would leave
 * it two steps behind, like an old copy.
 */
export function mendCounter(places: StatePlaces, key: SigningKey, state: SigningState): void {
  if (stateIn(places.counter, key)?.state === state.state) return;
  writeSecretFile(places.counter, stateText(key, state));
}

/** Takes the next leaf for good: when this returns, no process will ever be given it again. The caller holds the lock. */
export function reserveLeaf(places: StatePlaces, key: SigningKey, state: SigningState): number {
  writeState(places, key, { next: state.next + 1, state: freshState(), before: state.state, machine: places.machine });
  return state.next;
}
