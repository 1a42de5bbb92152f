/** The authority's certificate at the desk: which file is one, and what is said of one that is not. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { UserError } from "../../../sim/scenario/user_error";
import { CERTIFICATE_MAX_BYTES, readCaCertificate } from "../../../tools/provision/ca_certificate";
import { NOON, temporaryFolder } from "../keys/samples";
import { BROKER, RENEWED, SELF_SIGNED, UTILITY } from "./authorities";

describe("an authority's certificate at the desk", () => {
  const folder = temporaryFolder();

  function write(text: string): string {
    const file = folder.file("ca.pem");
    fs.writeFileSync(file, text);
    return file;
  }

  it("is taken as it stands in its file, with the SHA-256 of that", () => {
    for (const text of [UTILITY, RENEWED, UTILITY.replaceAll("\n", "\r\n"), UTILITY.trimEnd()]) {
      const read = readCaCertificate(write(text), NOON);
      assert.equal(read.text, text);
      assert.equal(read.sha256, createHash("sha256").update(text).digest("hex"));
    }
  });

  it("may have signed itself without being an authority", () => {
    assert.equal(readCaCertificate(write(SELF_SIGNED), NOON).text, SELF_SIGNED);
  });

  const key = "-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n-----END PRIVATE KEY-----\n";
  const bad: [string, string, RegExp][] = [
    ["nothing in it", "", /this is not one certificate in PEM/],
    ["two of them", UTILITY + RENEWED, /this is not one certificate in PEM \(openssl x509 -in FILE/],
    ["a private key beside it", key + UTILITY, /this is not one certificate in PEM/],
    ["words before it", `Certificate:\n${UTILITY}`, /this is not one certificate in PEM/],
    ["its second half lost", UTILITY.slice(0, 900), /this is not one certificate in PEM/],
    ["a line lost", UTILITY.replace(/\n[^\n]+\n/, "\n"), /the certificate cannot be read: it is damaged/],
    ["more bytes than any has", UTILITY + " ".repeat(CERTIFICATE_MAX_BYTES), /bytes are more than a certificate has/],
    ["a broker's own certificate in it", BROKER, /this certificate signs no others \(give that of the authority/],
  ];
  for (const [what, text, message] of bad) {
    it(`with ${what} is refused in one line`, () => {
      assert.throws(
        () => readCaCertificate(write(text), NOON),
        (error: Error) => {
          assert.ok(error instanceof UserError);
          assert.match(error.message, message);
          return !error.message.includes("\n");
        },
      );
    });
  }

  it("is refused when it is over, or not yet good", () => {
    const file = write(UTILITY);
    assert.throws(
      () => readCaCertificate(file, new Date("2100-01-01T00:00:00Z")),
      /was good until Jan +1 00:00:00 2100/,
    );
    assert.ok(readCaCertificate(file, new Date("2099-12-31T23:59:59Z")));
    assert.throws(() => readCaCertificate(file, new Date("2024-12-31T23:59:59Z")), /is good from Jan +1 00:00:00 2025/);
  });

  it("that is not there is said by its name", () => {
    assert.throws(
      () => readCaCertificate(folder.file("none.pem"), NOON),
      (error: Error) => error instanceof UserError && /none\.pem: there is no such file/.test(error.message),
    );
  });
});
