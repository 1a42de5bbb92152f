/**
 * A BG96, or a module's own modem, at the desk: what a settings file says of network and broker (`radio.mobile`), and what one meter's modem is told
 * of it (firmware/modem/bg96_commands.ts). Topics and client are those of the meter's radio address (radioId, eight digits,
 * ID below), as the gateway has them (tools/gateway/mqtt_topics.ts).
 *
 *   apn, apn_authentication, apn_user    the mobile network's door; "" for that of the SIM
 *   network                              nb_iot or lte_m; a module's own modem knows its own
 *   host, port                           the broker
 *   tls, ca_file                         ca_file is the name under which the module's own storage has the authority's
 *                                        certificate
 *   ca_certificate                       where that is at the desk, seen from the settings file: it is brought into the
 *                                        module (ca_certificate.ts, modem_file.ts). Left out where somebody else does that
 *   ca_certificate_next                  that of the authority that comes after it: the meter trusts both, so that the
 *                                        broker may change from the one to the other on any day
 *   user                                 at the broker; ID where it is left out and there are passwords, as the gateway's
 *                                        access rules want it
 *   passwords_file                       where it is, seen from the settings file; left out for a broker that asks nobody
 *   keepalive_s, edrx_s, psm_period_s, psm_active_s    0 for none; the last three are a BG96's alone
 *
 * The passwords' file is the owner's alone (tools/keys/secret_file.ts): a line `user:password` each, as mosquitto_passwd
 * -U takes them before it makes hashes of them; empty lines are skipped. It has the broker's users, and that of the APN.
 * No message shows a password.
 */
import { z } from "zod";
import { bg96SettingsFault, type Bg96Settings } from "../../firmware/modem/bg96_commands";
import { ACTIVE_MAX_S, EDRX_MAX_S, EDRX_MIN_S, PERIODIC_MAX_S } from "../../firmware/modem/power_saving";
import { MOBILE_HOST_MAX_BYTES, MOBILE_TEXT_MAX_BYTES } from "../../firmware/radio_plate";
import { radioId } from "../../firmware/radio/radio_settings";
import { whole } from "../../sim/scenario/settings_schema";
import { BROADCAST_TOPIC, downTopic, upTopic } from "../gateway/mqtt_topics";
import { readCaCertificate, type CaCertificate } from "./ca_certificate";
import { KeyError } from "../keys/key_error";
import { readSecretFile } from "../keys/secret_file";
import type { ModemTrust } from "./modem_file";
import { ProvisionError } from "./provision_error";

const PORT_MAX = 65_535;
const KEEPALIVE_MAX_S = 3600;
const PASSWORDS_MAX_BYTES = 16 * 1024 * 1024;
/** How often a meter looks after its module: a telegram that fails tells of it, too. */
const WATCH_MS = 600_000;
/** What mosquitto_passwd makes of a password: $6$ or $7$, salt, hash. */
const HASHED = /^\$[67]\$.+\$/;

/** What can stand between the quotes of a command. */
const QUOTABLE = /^[ !#-~]*$/;
const quotable = (most: number) =>
  z.string().max(most).regex(QUOTABLE, "must be of ASCII, without quotes and control characters");
const name = quotable(MOBILE_TEXT_MAX_BYTES);
/** A file's name that means no other file: not "*", and in no other folder. */
const PLAIN_FILE = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;
const user = name.min(1).regex(/^[^:]*$/, "must have no colon");

export const MOBILE_OF_FILE = z
  .strictObject({
    apn: name.default("").describe("Access point of the mobile network."),
    apn_authentication: z.enum(["none", "pap", "chap"]).default("none").describe("How it asks for a password."),
    apn_user: user.optional().describe("User at the access point; its password is in the passwords' file."),
    network: z.enum(["nb_iot", "lte_m"]).default("nb_iot").describe("Technology of the network."),
    host: quotable(MOBILE_HOST_MAX_BYTES).min(1).describe("Name or address of the broker."),
    port: whole(1, PORT_MAX).default(8883).describe("Its port."),
    tls: z.boolean().default(true).describe("Whether it is spoken to by TLS."),
    ca_file: name.min(1).default("cacert.pem").describe("Its authority's certificate in the module's storage."),
    ca_certificate: z.string().min(1).optional().describe("File of that certificate, PEM, to be brought there."),
    ca_certificate_next: z.string().min(1).optional().describe("File of the one to come, which is trusted beside it."),
    user: user.optional().describe("User at the broker; the last eight digits of the meter's number if left out."),
    passwords_file: z.string().min(1).optional().describe("File of lines user:password, for its owner's eyes alone."),
    keepalive_s: whole(0, KEEPALIVE_MAX_S).default(1200).describe("Longest silence between module and broker."),
    edrx_s: whole(EDRX_MIN_S, EDRX_MAX_S)
      .or(z.literal(0))
      .default(0)
      .describe("Cycle in which the network reaches the module; 0 for always."),
    psm_period_s: whole(0, PERIODIC_MAX_S).default(0).describe("Power saving: time between two reports of its own."),
    psm_active_s: whole(0, ACTIVE_MAX_S)
      .default(0)
      .describe("Power saving: how long it is reachable behind its last word."),
  })
  .refine(({ psm_period_s, psm_active_s }) => psm_period_s > 0 === psm_active_s > 0, {
    path: ["psm_period_s"],
    message: "must stand together with psm_active_s",
  })
  .refine(({ apn_authentication, apn_user }) => (apn_authentication !== "none") === (apn_user !== undefined), {
    path: ["apn_authentication"],
    message: "must stand together with apn_user",
  })
  .refine(({ ca_certificate, tls }) => ca_certificate === undefined || tls, {
    path: ["ca_certificate"],
    message: "must not stand where there is no TLS",
  })
  .refine(({ ca_certificate, ca_certificate_next: next }) => next === undefined || ca_certificate !== undefined, {
    path: ["ca_certificate_next"],
    message: "must stand together with ca_certificate",
  })
  .refine(({ ca_certificate, ca_file }) => ca_certificate === undefined || PLAIN_FILE.test(ca_file), {
    path: ["ca_file"],
    message: "must have letters, digits, dots and dashes only, to be written",
  })
  .describe("Network and broker of a BG96, or of a module's own modem.");

export type MobileOfFile = z.output<typeof MOBILE_OF_FILE>;

/** The authority's certificate in a modem: under which name, and what is known of it. */
export interface Authority {
  readonly name: string;
  /** Undefined where nobody has said what is to be there. */
  readonly certificate: CaCertificate | undefined;
  /** Of the next authority, where it is known. */
  readonly next: CaCertificate | undefined;
}

/** What the modem is to trust; undefined without TLS. Throws a UserError where the certificate is no good. */
export function authorityOf(mobile: MobileOfFile | undefined, now: Date): Authority | undefined {
  if (mobile === undefined || !mobile.tls) return undefined;
  const { ca_file, ca_certificate, ca_certificate_next } = mobile;
  const read = (file: string | undefined) => (file === undefined ? undefined : readCaCertificate(file, now));
  return { name: ca_file, certificate: read(ca_certificate), next: read(ca_certificate_next) };
}

/** What is to be in the modem; undefined where that is somebody else's business. */
export function modemTrustOf(authority: Authority | undefined): ModemTrust | undefined {
  if (authority?.certificate === undefined) return undefined;
  const { name, certificate, next } = authority;
  return { name, text: certificate.text, other_text: next?.text ?? certificate.text };
}

/** The passwords of a file, by user. */
export function readPasswords(file: string): ReadonlyMap<string, string> {
  const bytes = readSecretFile(file, PASSWORDS_MAX_BYTES);
  if (bytes === undefined)
    throw new KeyError("file", `${file}: there is no such file of passwords (a line user:password each)`);
  const passwords = new Map<string, string>();
  const text = bytes.toString("utf8").replace(/^\ufeff/, "");
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === "") continue;
    const refuse = (words: string) => new KeyError("damaged", `${file}:${index + 1}: ${words}`);
    const colon = line.indexOf(":");
    if (colon < 1) throw refuse("there is no user in this line (it is user:password)");
    const [of, password] = [line.slice(0, colon), line.slice(colon + 1)];
    if (HASHED.test(password))
      throw refuse(
        "the password is a hash already, which no meter can say (take the file from before mosquitto_passwd)",
      );
    if (password === "" || password.length > MOBILE_TEXT_MAX_BYTES || !QUOTABLE.test(password))
      throw refuse(`a password has 1 to ${MOBILE_TEXT_MAX_BYTES} characters of ASCII and no quote`);
    if (passwords.has(of)) throw refuse("this user stands here twice (a user has one password)");
    passwords.set(of, password);
  }
  return passwords;
}

/** What the modem of one meter is told. It holds passwords. */
export function mobileSettings(mobile: MobileOfFile, meter: string): Bg96Settings {
  const { apn_user, passwords_file, tls, user: shared_user, ...rest } = mobile;
  const { ca_certificate: _of_desk, ca_certificate_next: _next_of_desk, ...same } = rest;
  const id = radioId(meter);
  const own_user = shared_user ?? (passwords_file === undefined ? "" : id);
  const passwords = passwords_file === undefined ? undefined : readPasswords(passwords_file);
  const passwordOf = (of: string): string => {
    const password = passwords?.get(of);
    if (password !== undefined) return password;
    const where = passwords_file ?? 'nowhere, for the settings have no "passwords_file"';
    throw new ProvisionError(`meter ${meter}: the password of user ${of} is not there (looked for in ${where})`);
  };
  const settings: Bg96Settings = {
    ...same,
    ...{ tls, ca_file: tls ? same.ca_file : "" },
    ...{ apn_user: apn_user ?? "", apn_password: apn_user === undefined ? "" : passwordOf(apn_user) },
    ...{ client_id: `curbstop-${id}`, user: own_user, password: own_user === "" ? "" : passwordOf(own_user) },
    ...{ up_topic: upTopic(id), down_topic: downTopic(id), broadcast_topic: BROADCAST_TOPIC },
    watch_ms: WATCH_MS,
  };
  const fault = bg96SettingsFault(settings);
  if (fault !== "") throw new Error(`radio.mobile.${fault}: settings that were checked are refused`);
  return settings;
}
