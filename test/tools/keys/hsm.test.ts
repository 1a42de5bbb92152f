/**
 * Vending keys in an HSM: what the store and the tokens get of them, and what a module may answer. SoftHSM2 on a folder
 * of tokens of its own where it is on this machine; a module made of a few lines for the answers that it never gives.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import fs from "node:fs";
import { fingerprint } from "../../../tools/keys/fingerprint";
import { HsmKey } from "../../../tools/keys/hsm_key";
import { closeHsms, hsmSession, setHsmPin, type Cryptoki } from "../../../tools/keys/hsm_session";
import { KeyError } from "../../../tools/keys/key_error";
import { changeStore, openStore } from "../../../tools/keys/store";
import { merged, withMoved } from "../../../tools/keys/ring";
import { Secret } from "../../../tools/keys/secret";
import { decoderKey } from "../../../tools/token/decoder_key";
import { answerOf, type Answer } from "../captured_output";
import {
  METER,
  PASSPHRASE,
  REGION,
  WEAK,
  assertNoSecret,
  refusal,
  sampleRing,
  temporaryFolder,
  writeClosed,
} from "./samples";

const PIN = "12345678";
const TOKEN = "vending";
const MODULES = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"];
const KEY = Buffer.from("abababababababab949494949494949401234567", "hex");

function packageThere(): boolean {
  try {
    // By its name, as the product loads it: it may be missing, or not compiled.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    require("pkcs11js");
    return true;
  } catch {
    return false;
  }
}

/** A key of the module below: its value, and what the module says of it. */
interface FakeKey {
  label: string;
  value: Buffer;
  sensitive: boolean;
  extractable: boolean;
}

/** A module with one token; `refuses` is what it answers to a login. */
function fakeModule(keys: FakeKey[], refuses?: string): Cryptoki {
  let found: FakeKey[] = [];
  let signing: Buffer = Buffer.alloc(0);
  const handle = (key: FakeKey) => Buffer.from([keys.indexOf(key)]);
  const ask = (template: { type: number; value?: unknown }[], type: number) =>
    template.find((attribute) => attribute.type === type)?.value;
  return {
    load: () => undefined,
    C_Initialize: () => undefined,
    C_Finalize: () => undefined,
    C_GetSlotList: () => [Buffer.from([1])],
    C_GetTokenInfo: () => ({ label: TOKEN.padEnd(32) }),
    C_OpenSession: () => Buffer.from([1]),
    C_Login: (_session, _user, pin) => {
      if (refuses !== undefined) throw new Error(`${refuses}:164`);
      if (pin !== PIN) throw new Error("CKR_PIN_INCORRECT:160");
    },
    C_FindObjectsInit: (_session, template) => {
      const label = ask(template, 3);
      found = keys.filter((key) => label === undefined || key.label === label);
    },
    C_FindObjects: () => found.map(handle),
    C_FindObjectsFinal: () => undefined,
    C_GetAttributeValue: (_session, object) => {
      const { label, sensitive, extractable } = keys[object[0]];
      return [Buffer.from(label), Buffer.from([Number(sensitive)]), Buffer.from([Number(extractable)])].map(
        (value) => ({
          value,
        }),
      );
    },
    C_GenerateKey: () => {
      throw new Error("CKR_FUNCTION_NOT_SUPPORTED:84");
    },
    C_CreateObject: (_session, template) => {
      const key = {
        label: String(ask(template, 3)),
        value: ask(template, 0x11) as Buffer,
        sensitive: ask(template, 0x103) === true,
        extractable: ask(template, 0x162) === true,
      };
      keys.push(key);
      return handle(key);
    },
    C_DestroyObject: (_session, object) => void keys.splice(object[0], 1),
    C_SignInit: (_session, _mechanism, object) => {
      signing = keys[object[0]].value;
      if (signing.length < 32) throw new Error("CKR_KEY_SIZE_RANGE:98");
    },
    C_Sign: (_session, message) => createHmac("sha256", signing).update(message).digest(),
  };
}

describe("an HSM", () => {
  const place = { module: "/fake.so", token: TOKEN };
  const open = (keys: FakeKey[], refuses?: string) => {
    setHsmPin(place, new Secret(Buffer.from(PIN)));
    return hsmSession(place, () => fakeModule(keys, refuses));
  };
  afterEach(() => closeHsms());

  it("does HMAC under a key of 20 bytes although it takes none of less than 32", () => {
    const keys: FakeKey[] = [];
    const session = open(keys);
    session.put("a", new Secret(KEY));
    assert.deepEqual([keys.length, keys[0].value.length, keys[0].sensitive, keys[0].extractable], [1, 32, true, false]);
    const message = Buffer.from("what DKGA04 asks");
    assert.deepEqual(session.hmacSha256("a", message), createHmac("sha256", KEY).update(message).digest());
    assert.throws(() => session.put("a", new Secret(KEY)), refusal("conflict", /there is such a key already/));
  });

  it("is not used with a key that can be taken out, is missing, or is there twice", () => {
    const key = { label: "a", value: Buffer.alloc(32, 1), sensitive: true, extractable: false };
    const session = open([
      { ...key, extractable: true },
      { ...key, label: "b", sensitive: false },
      key,
      { ...key, label: "c" },
    ]);
    const hmac = (label: string) => () => session.hmacSha256(label, Buffer.alloc(1));
    assert.throws(hmac("b"), refusal("hsm_key", /can be taken out/));
    assert.throws(hmac("d"), refusal("hsm_key", /there is no such key/));
    assert.throws(hmac("a"), refusal("hsm_key", /2 keys have this label/));
    assert.equal(hmac("c")().length, 32);
  });

  it("that has locked the PIN, or refuses otherwise, is answered in one line, and the PIN is not sent again", () => {
    assert.throws(() => open([], "CKR_PIN_LOCKED"), refusal("hsm_pin", /locked after too many/));
    assert.throws(() => hsmSession(place), refusal("hsm_pin", /nobody is there to type its PIN/));
    closeHsms();
    assert.throws(() => open([], "CKR_DEVICE_REMOVED"), refusal("hsm", /answers CKR_DEVICE_REMOVED/));
    closeHsms();
    const session = open([]);
    assert.throws(() => session.make("a"), refusal("hsm", /CKR_FUNCTION_NOT_SUPPORTED/));
  });

  it("whose key is another than the store knows makes no token", () => {
    open([{ label: "a", value: Buffer.alloc(32, 1), sensitive: true, extractable: false }]);
    const key = new HsmKey({ ...place, label: "a", fingerprint: fingerprint(new Secret(KEY)) });
    assert.throws(() => key.hmacSha256(Buffer.alloc(1)), refusal("conflict", /it is another key/));
    for (const bytes of [() => key.buffer(), () => key.bytes()]) {
      assert.throws(bytes, refusal("hsm_key", /never leaves/));
    }
  });

  it("keeps its key through a store, and through a merge with a copy from before", async () => {
    const folder = fs.mkdtempSync("/tmp/curbstop-hsm-");
    const ring = sampleRing();
    const vending = ring.current(REGION, "vending");
    const key = new HsmKey({ ...place, label: "a", fingerprint: fingerprint(vending.key) });
    const file = `${folder}/a.store`;
    await changeStore(file, PASSPHRASE, () => withMoved(ring, vending, key), WEAK);
    const read = await openStore(file, PASSPHRASE, WEAK);
    assert.ok(read.current(REGION, "vending").key.equals(key));
    assert.equal(merged(read, ring, "copy").ring, read);
    fs.rmSync(folder, { recursive: true });
  });
});

describe("SoftHSM2", function () {
  const folder = temporaryFolder();
  const module = MODULES.find((file) => fs.existsSync(file)) ?? "";
  let store = "";
  let phrase = "";

  before(function () {
    if (module === "" || spawnSync("softhsm2-util", ["--version"]).error !== undefined || !packageThere()) this.skip();
    fs.mkdirSync(folder.file("tokens"));
    const settings = `directories.tokendir = ${folder.file("tokens")}\nobjectstore.backend = file\nlog.level = ERROR\n`;
    process.env["SOFTHSM2_CONF"] = writeClosed(folder.file("softhsm2.conf"), settings);
    const words = ["--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", "87654321"];
    assert.equal(spawnSync("softhsm2-util", words).status, 0);
    phrase = writeClosed(folder.file("phrase"), `${PASSPHRASE.buffer().toString()}\n`);
    store = folder.file("main.store");
  });
  beforeEach(() => {
    closeHsms();
    process.env["CURBSTOP_HSM_PIN"] = PIN;
  });
  after(() => {
    closeHsms();
    delete process.env["CURBSTOP_HSM_PIN"];
    delete process.env["SOFTHSM2_CONF"];
  });

  const keys = (...words: string[]): Promise<Answer> =>
    answerOf("keys", ...words, "--store", store, "--passphrase-file", phrase);
  const hsm = (name: string, ...words: string[]): Promise<Answer> =>
    keys("hsm", name, "--region", REGION, "--module", module, "--token", TOKEN, ...words);
  const sell = (request: string): Promise<Answer> => {
    const places = ["--store", store, "--passphrase-file", phrase, "--meter", METER, "--region", REGION];
    return answerOf("token", "issue", ...places, "--volume", "1", "--request", request, "--json");
  };
  const ATTRIBUTES = { dkga: "04", ea: 11, pan: METER, sgc: REGION, ti: "01", krn: 1, kt: 2, base: 2014 } as const;

  it("gives the decoder key of the key that was put there, and tokens that the meter's own key opens", async () => {
    assert.equal((await keys("make", "--region", REGION)).exit_code, 0);
    const before = (await openStore(store, PASSPHRASE)).current(REGION, "vending").key;
    const wanted = decoderKey(before, ATTRIBUTES);
    const moved = await hsm("move", "--json");
    assert.equal(moved.exit_code, 0, moved.err);
    assertNoSecret(moved.out + moved.err, [before]);
    const after = (await openStore(store, PASSPHRASE)).current(REGION, "vending").key;
    assert.ok(after instanceof HsmKey);
    assert.ok(decoderKey(after, ATTRIBUTES).equals(wanted));
    const sold = await sell("a");
    assert.equal(sold.exit_code, 0, sold.err);
    const [token] = (JSON.parse(sold.out) as { tokens: string[] }).tokens;
    const input = { dkga: "04", ea: 11, pan: METER, sgc: REGION, ti: "01", krn: 1, kt: 2, base: 14 };
    const described = { ...input, vk: before.buffer().toString("hex") };
    const key_file = writeClosed(folder.file("key.json"), JSON.stringify(described));
    const decoded = await answerOf("token", "decode", "--key", key_file, token);
    assert.deepEqual([decoded.exit_code, /says +1\.0 m3/.test(decoded.out)], [0, true]);
    const again = await hsm("move");
    assert.deepEqual([again.exit_code, /already/.test(again.err)], [1, true]);
  });

  it("makes keys that never leave it, lists them, and is where the next revision is made", async () => {
    const made = await hsm("make-vending-key", "--json");
    assert.equal(made.exit_code, 0, made.err);
    const { revision } = (JSON.parse(made.out) as { made: { revision: number } }).made;
    assert.equal(revision, 2);
    const listed = await answerOf("keys", "hsm", "list", "--module", module, "--token", TOKEN, "--json");
    const rows = (JSON.parse(listed.out) as { keys: { label: string; sensitive: boolean; extractable: boolean }[] })
      .keys;
    assert.deepEqual(
      rows.map(({ label }) => label).sort(),
      [1, 2].map((one) => `curbstop vending ${REGION} ${one}`),
    );
    assert.ok(rows.every(({ sensitive, extractable }) => sensitive && !extractable));
    const rotated = await keys("rotate", "--region", REGION, "--kind", "vending");
    assert.deepEqual([rotated.exit_code, /make-vending-key/.test(rotated.err)], [1, true]);
    assert.equal((await sell("b")).exit_code, 0);
    const fresh = await keys("hsm", "make-vending-key", "--region", "600201", "--module", module, "--token", TOKEN);
    assert.equal(fresh.exit_code, 0, fresh.err);
    assert.equal((await openStore(store, PASSPHRASE)).revisions("600201", "card").length, 1);
  });

  it("with a wrong PIN, none, another token or another library is refused in one line", async () => {
    const refused = async (answer: Answer, exit_code: number, message: RegExp): Promise<void> => {
      closeHsms();
      assert.deepEqual([answer.exit_code, answer.out], [exit_code, ""]);
      assert.match(answer.err, /^curbstop: [^\n]+\n$/);
      assert.match(answer.err, message);
      return Promise.resolve();
    };
    const wrong = writeClosed(folder.file("wrong"), "99999999\n");
    const places = ["--store", store, "--passphrase-file", phrase, "--meter", METER, "--region", REGION];
    const issue = ["token", "issue", ...places, "--volume", "1", "--request", "c"];
    await refused(await answerOf(...issue, "--hsm-pin-file", wrong), 1, /the PIN is wrong/);
    delete process.env["CURBSTOP_HSM_PIN"];
    await refused(await answerOf(...issue), 1, /nobody is there to type its PIN/);
    process.env["CURBSTOP_HSM_PIN"] = PIN;
    const list = (...words: string[]): Promise<Answer> => answerOf("keys", "hsm", "list", ...words);
    await refused(await list("--module", module, "--token", "other"), 2, /there is no such token/);
    await refused(await list("--module", folder.file("phrase")), 2, /no PKCS#11 module/);
    assert.equal((await answerOf(...issue)).exit_code, 0);
  });
});

describe("errors of an HSM", () => {
  it("have exit codes: 1 for its PIN and its keys, 2 where it cannot be used at all", () => {
    const codes = (["hsm_pin", "hsm_key", "hsm"] as const).map((code) => new KeyError(code, "").exit_code);
    assert.deepEqual(codes, [1, 1, 2]);
  });
});
