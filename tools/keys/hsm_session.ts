/**
 * A hardware security module by PKCS#11 (Cryptoki 2.40), through the npm package `pkcs11js`, which is optional because
 * it is compiled where it is installed. Loaded when a key in a module is used, and not before.
 *
 * What is asked of a module: to make or take a generic secret, and HMAC-SHA-256 under it. That is all that DKGA04 and
 * the voucher keys need of a vending key, so the key never leaves the module: CKA_SENSITIVE is true, CKA_EXTRACTABLE is
 * false, and a key of which the module says otherwise is not used.
 *
 * Some modules (SoftHSM2) refuse HMAC-SHA-256 under keys of less than 32 bytes, and STS's vending keys have 20. A key
 * that is made is then one of 32. A key that is put in has twelve zeros behind it: HMAC fills a key up with zeros
 * (RFC 2104 2), so the longer one is the same key.
 *
 * PINs come from a file for its owner alone, from $CURBSTOP_HSM_PIN, or from the keyboard; a wrong one is asked of the
 * module once and never again by itself, because modules count.
 */
import { KeyError } from "./key_error";
import type { Secret } from "./secret";

const PACKAGE = "pkcs11js";
const PACKAGE_VERSION = "2.1.7";

const CKF_RW_SESSION = 2;
const CKF_SERIAL_SESSION = 4;
const CKU_USER = 1;
const CKO_SECRET_KEY = 4;
const CKK_GENERIC_SECRET = 0x10;
const CKM_GENERIC_SECRET_KEY_GEN = 0x350;
const CKM_SHA256_HMAC = 0x251;
const CKA = {
  class: 0,
  token: 1,
  private: 2,
  label: 3,
  value: 0x11,
  key_type: 0x100,
  sensitive: 0x103,
  sign: 0x108,
  value_len: 0x161,
  extractable: 0x162,
} as const;
const HMAC_BYTES = 32;
const KEY_BYTES = [20, 32] as const;
const KEYS_MAX = 1000;

type Handle = Buffer;
interface Attribute {
  type: number;
  value?: number | boolean | string | Buffer;
}

/** What is used of the package; all of it is synchronous. */
export interface Cryptoki {
  load: (path: string) => void;
  C_Initialize: () => void;
  C_Finalize: () => void;
  C_GetSlotList: (present: boolean) => Handle[];
  C_GetTokenInfo: (slot: Handle) => { label: string };
  C_OpenSession: (slot: Handle, flags: number) => Handle;
  C_Login: (session: Handle, user: number, pin: string) => void;
  C_FindObjectsInit: (session: Handle, template: Attribute[]) => void;
  C_FindObjects: (session: Handle, most: number) => Handle[];
  C_FindObjectsFinal: (session: Handle) => void;
  C_GetAttributeValue: (session: Handle, object: Handle, template: Attribute[]) => { value: Buffer }[];
  C_GenerateKey: (session: Handle, mechanism: { mechanism: number }, template: Attribute[]) => Handle;
  C_CreateObject: (session: Handle, template: Attribute[]) => Handle;
  C_DestroyObject: (session: Handle, object: Handle) => void;
  C_SignInit: (session: Handle, mechanism: { mechanism: number }, key: Handle) => void;
  C_Sign: (session: Handle, message: Buffer, room: Buffer) => Buffer;
}

/** Where keys are: the file of the module's library, and the label of a token in it. */
export interface HsmPlace {
  readonly module: string;
  readonly token: string;
}

export interface HsmKeyRow {
  readonly label: string;
  readonly sensitive: boolean;
  readonly extractable: boolean;
}

function loadPackage(): Cryptoki {
  try {
    // By a name that no compiler follows: the package may be missing.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { PKCS11 } = require(PACKAGE) as { PKCS11: new () => Cryptoki };
    return new PKCS11();
  } catch (error) {
    const is_unbuilt = String(error).includes(".node");
    const what = is_unbuilt ? "is not compiled" : "is not installed";
    const command = is_unbuilt ? `npm rebuild ${PACKAGE}` : `npm install --no-save ${PACKAGE}@${PACKAGE_VERSION}`;
    const advice = `${command} --ignore-scripts=false, with g++, make and python3`;
    throw new KeyError("hsm", `no HSM can be used: the npm package ${PACKAGE} ${what} (${advice})`);
  }
}

/** What the module answered, by its name in the standard: CKR_PIN_INCORRECT and the like. */
function answerOf(error: unknown): string {
  const { message } = error as Error;
  return /CKR_\w+/.exec(message)?.[0] ?? message.split("\n")[0];
}

const PIN_ADVICE: Record<string, string> = {
  CKR_PIN_INCORRECT: "the PIN is wrong (each wrong one counts: look it up before the next try)",
  CKR_PIN_INVALID: "the PIN is none for this token",
  CKR_PIN_LEN_RANGE: "the PIN is too short or too long for this token",
  CKR_PIN_EXPIRED: "the PIN has expired (set a new one with the module's own tool)",
  CKR_PIN_LOCKED: "the PIN is locked after too many wrong ones (the security officer unlocks it)",
  CKR_USER_PIN_NOT_INITIALIZED: "the token has no user PIN yet (set one with the module's own tool)",
};

/** Does something with the module; what it refuses is one line that names the place. */
function asked<Result>(what: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (error instanceof KeyError) throw error;
    const answer = answerOf(error);
    const pin = PIN_ADVICE[answer];
    if (pin !== undefined) throw new KeyError("hsm_pin", `${what}: ${pin}`);
    throw new KeyError("hsm", `${what}: the module answers ${answer} (look into the module's own log)`);
  }
}

/** A template of a key that does HMAC and never leaves. */
function keyTemplate(label: string): Attribute[] {
  return [
    { type: CKA.class, value: CKO_SECRET_KEY },
    { type: CKA.key_type, value: CKK_GENERIC_SECRET },
    { type: CKA.token, value: true },
    { type: CKA.private, value: true },
    { type: CKA.sensitive, value: true },
    { type: CKA.extractable, value: false },
    { type: CKA.sign, value: true },
    { type: CKA.label, value: label },
  ];
}

/** A token of a module, with someone logged in. */
export class HsmSession {
  readonly #handles = new Map<string, Handle>();

  constructor(
    readonly place: HsmPlace,
    private readonly cryptoki: Cryptoki,
    private readonly session: Handle,
  ) {}

  get #name(): string {
    return `token ${this.place.token}`;
  }

  #found(template: Attribute[]): Handle[] {
    this.cryptoki.C_FindObjectsInit(this.session, template);
    try {
      return this.cryptoki.C_FindObjects(this.session, KEYS_MAX);
    } finally {
      this.cryptoki.C_FindObjectsFinal(this.session);
    }
  }

  #row(handle: Handle): HsmKeyRow {
    const wanted = [{ type: CKA.label }, { type: CKA.sensitive }, { type: CKA.extractable }];
    const [label, sensitive, extractable] = this.cryptoki.C_GetAttributeValue(this.session, handle, wanted);
    return {
      label: label.value.toString("utf8"),
      sensitive: sensitive.value[0] === 1,
      extractable: extractable.value[0] === 1,
    };
  }

  /** The generic secrets of the token. */
  keys(): HsmKeyRow[] {
    return asked(this.#name, () => {
      const template = keyTemplate("").slice(0, 2);
      return this.#found(template).map((handle) => this.#row(handle));
    });
  }

  has(label: string): boolean {
    return this.keys().some((row) => row.label === label);
  }

  #handle(label: string): Handle {
    const known = this.#handles.get(label);
    if (known !== undefined) return known;
    const template = keyTemplate(label);
    const handles = this.#found([template[0], template[1], template[template.length - 1]]);
    if (handles.length !== 1) {
      const what = handles.length === 0 ? "there is no such key" : `${handles.length} keys have this label`;
      throw new KeyError("hsm_key", `key "${label}" in ${this.#name}: ${what} (curbstop keys hsm list)`);
    }
    const [handle] = handles;
    const { sensitive, extractable } = this.#row(handle);
    if (!sensitive || extractable) {
      const why = "it can be taken out of the module, so it is not used";
      throw new KeyError("hsm_key", `key "${label}" in ${this.#name}: ${why} (make one with curbstop keys hsm)`);
    }
    this.#handles.set(label, handle);
    return handle;
  }

  #sign(handle: Handle, message: Uint8Array): Buffer {
    this.cryptoki.C_SignInit(this.session, { mechanism: CKM_SHA256_HMAC }, handle);
    return this.cryptoki.C_Sign(this.session, Buffer.from(message), Buffer.alloc(HMAC_BYTES));
  }

  /** HMAC-SHA-256 under a key of the token. */
  hmacSha256(label: string, message: Uint8Array): Buffer {
    return asked(`key "${label}" in ${this.#name}`, () => this.#sign(this.#handle(label), message));
  }

  /** A key by `create`, as long as the module wants it. */
  #made(label: string, create: (length: number) => Handle): void {
    if (this.has(label)) {
      throw new KeyError("conflict", `key "${label}" in ${this.#name}: there is such a key already (give --label)`);
    }
    const [usual, longer] = KEY_BYTES;
    asked(`key "${label}" in ${this.#name}`, () => {
      const handle = create(usual);
      try {
        this.#sign(handle, Buffer.alloc(1));
      } catch (error) {
        this.cryptoki.C_DestroyObject(this.session, handle);
        if (answerOf(error) !== "CKR_KEY_SIZE_RANGE") throw error;
        create(longer);
      }
    });
  }

  /** Makes a key inside of the module. */
  make(label: string): void {
    this.#made(label, (length) => {
      const template = [...keyTemplate(label), { type: CKA.value_len, value: length }];
      return this.cryptoki.C_GenerateKey(this.session, { mechanism: CKM_GENERIC_SECRET_KEY_GEN }, template);
    });
  }

  /** Puts a key of 20 bytes into the module. */
  put(label: string, key: Secret): void {
    this.#made(label, (length) => {
      const value = Buffer.concat([key.buffer(), Buffer.alloc(length - key.length)]);
      return this.cryptoki.C_CreateObject(this.session, [...keyTemplate(label), { type: CKA.value, value }]);
    });
  }
}

const modules = new Map<string, Cryptoki>();
const sessions = new Map<string, HsmSession>();
const pins = new Map<string, Secret>();

function nameOf({ module, token }: HsmPlace): string {
  return `${module}\n${token}`;
}

/** Says with which PIN a token is opened once it is needed. */
export function setHsmPin(place: HsmPlace, pin: Secret): void {
  pins.set(nameOf(place), pin);
}

function openModule(file: string, load: () => Cryptoki): Cryptoki {
  const known = modules.get(file);
  if (known !== undefined) return known;
  const cryptoki = load();
  try {
    cryptoki.load(file);
  } catch {
    const advice = "give the library of the HSM, like /usr/lib/softhsm/libsofthsm2.so";
    throw new KeyError("hsm", `${file}: this is no PKCS#11 module (${advice})`);
  }
  asked(file, () => cryptoki.C_Initialize());
  modules.set(file, cryptoki);
  return cryptoki;
}

/** Labels of a module's tokens that are there, with their slots. */
function tokensIn(file: string, cryptoki: Cryptoki): { label: string; slot: Handle }[] {
  return asked(file, () =>
    cryptoki.C_GetSlotList(true).map((slot) => ({ label: cryptoki.C_GetTokenInfo(slot).label.trimEnd(), slot })),
  );
}

/** Labels of a module's tokens; one that was never set up has none. */
export function hsmTokens(file: string, load: () => Cryptoki = loadPackage): string[] {
  return tokensIn(file, openModule(file, load)).map(({ label }) => label);
}

/** The session with a token; opened when it is asked for first. */
export function hsmSession(place: HsmPlace, load: () => Cryptoki = loadPackage): HsmSession {
  const known = sessions.get(nameOf(place));
  if (known !== undefined) return known;
  const cryptoki = openModule(place.module, load);
  const found = tokensIn(place.module, cryptoki).filter(({ label }) => label === place.token);
  if (found.length !== 1) {
    const what = found.length === 0 ? "there is no such token" : "several tokens have this label";
    throw new KeyError("hsm", `token ${place.token} in ${place.module}: ${what} (is the HSM connected and set up?)`);
  }
  const pin = pins.get(nameOf(place));
  if (pin === undefined) {
    const advice = "give --hsm-pin-file or $CURBSTOP_HSM_PIN";
    throw new KeyError("hsm_pin", `token ${place.token}: nobody is there to type its PIN (${advice})`);
  }
  // Asked once: the next use must not send a wrong one again.
  pins.delete(nameOf(place));
  const opened = asked(`token ${place.token}`, () => {
    const handle = cryptoki.C_OpenSession(found[0].slot, CKF_SERIAL_SESSION + CKF_RW_SESSION);
    cryptoki.C_Login(handle, CKU_USER, pin.buffer().toString("utf8"));
    return new HsmSession(place, cryptoki, handle);
  });
  sessions.set(nameOf(place), opened);
  return opened;
}

/** Ends all sessions: a program that lives on shall not stay logged in. */
export function closeHsms(): void {
  for (const cryptoki of modules.values()) cryptoki.C_Finalize();
  modules.clear();
  sessions.clear();
  pins.clear();
}
