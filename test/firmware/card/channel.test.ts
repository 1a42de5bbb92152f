import assert from "node:assert/strict";
import { openAnswer, openChannel, sealCommand, takeChallenge } from "../../../firmware/card/channel";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import type { Vector } from "../../vectors";
import { vectorsOf } from "../../vectors";

const crypto = createCryptoTwin();
const bytes = (hex: string) => [...Buffer.from(hex, "hex")];

/** An authentication whose card is made of the session's own numbers. */
function authenticated(vector: Vector) {
  const key = bytes(vector.key);
  const random_b = bytes(vector.rndB);
  const challenge = crypto.aes_cbc_encrypt(key, new Array<number>(16).fill(0), random_b);
  const taken = takeChallenge(crypto, key, challenge, bytes(vector.rndA));
  assert.ok(taken !== undefined);
  const rotated = [...taken.random_a.slice(1), taken.random_a[0]];
  const proof = crypto.aes_cbc_encrypt(key, taken.response.slice(16), rotated);
  return { challenge, taken, proof };
}

describe("card: channel", () => {
  vectorsOf("card.json", "EV1 AES auth (0xAA)", (vector) => {
    const { challenge, taken, proof } = authenticated(vector);
    assert.deepEqual(challenge, bytes(vector.encRndB));
    assert.deepEqual(taken.response, bytes(vector.pcdCryptogram));
    assert.deepEqual(proof, bytes(vector.piccResponse));
    assert.deepEqual(openChannel(taken, proof)?.session.key, bytes(vector.sessionKey));
  });

  vectorsOf("card.json", "EV1 AES auth + value file credit/debit/commit, CMAC-chained IV, MACed", (vector) => {
    const { taken, proof } = authenticated(vector);
    const channel = openChannel(taken, proof);
    assert.ok(channel !== undefined);
    assert.deepEqual(channel.session.key, bytes(vector.sessionKey));
    for (const { c, r } of vector.apdus as unknown as { c: string; r: string }[]) {
      const [command, answer] = [bytes(c), bytes(r)];
      const code = command[1];
      const sent = command.slice(5, -1);
      // Credit and debit carry a MAC; the others are chained on without one.
      const with_mac = code === 0x0c || code === 0xdc;
      const data = with_mac ? sent.slice(0, -8) : sent;
      const sealed = [code, ...data];
      sealCommand(channel, sealed, with_mac);
      assert.deepEqual(sealed, [code, ...sent]);
      assert.deepEqual(openAnswer(channel, answer.slice(0, -2)), answer.slice(0, -10));
    }
  });

  const KEY = "000102030405060708090a0b0c0d0e0f";
  const SAMPLE = { key: KEY, rndA: "a0".repeat(16), rndB: "b1".repeat(16) } as Vector;

  it("opens to no card that does not know the key", () => {
    const { taken, proof } = authenticated(SAMPLE);
    for (let bit = 0; bit < 128; bit++) {
      const wrong = [...proof];
      wrong[bit >> 3] ^= 1 << (bit & 7);
      assert.equal(openChannel(taken, wrong), undefined);
    }
    assert.equal(openChannel(taken, proof.slice(1)), undefined);
    assert.ok(openChannel(taken, proof) !== undefined);
  });

  it("takes no challenge that is not a block", () => {
    for (const length of [0, 15, 17, 32]) {
      assert.equal(takeChallenge(crypto, bytes(KEY), new Array<number>(length).fill(1), bytes(KEY)), undefined);
    }
  });

  it("believes no answer with a changed bit, a missing byte, or behind a command that the card has not heard", () => {
    const reader = () => {
      const { taken, proof } = authenticated(SAMPLE);
      const channel = openChannel(taken, proof);
      assert.ok(channel !== undefined);
      return channel;
    };
    // Both ends chain in the same way, so a second reader can stand in for the card.
    const card = reader();
    sealCommand(card, [0xbd, 1, 0], false);
    const answer = [5, 6, 7, ...sealAnswer(card, [5, 6, 7])];
    const heard = reader();
    sealCommand(heard, [0xbd, 1, 0], false);
    assert.deepEqual(openAnswer(heard, answer), [5, 6, 7]);
    for (let bit = 0; bit < 8 * answer.length; bit++) {
      const channel = reader();
      sealCommand(channel, [0xbd, 1, 0], false);
      const wrong = [...answer];
      wrong[bit >> 3] ^= 1 << (bit & 7);
      assert.equal(openAnswer(channel, wrong), undefined);
    }
    const other = reader();
    sealCommand(other, [0xbd, 1, 1], false);
    assert.equal(openAnswer(other, answer), undefined);
    const short = reader();
    sealCommand(short, [0xbd, 1, 0], false);
    assert.equal(openAnswer(short, answer.slice(0, 7)), undefined);
  });
});

/** The MAC that a card puts behind an answer: chained like a command, whose code stands at the end. */
function sealAnswer(channel: Parameters<typeof sealCommand>[0], data: number[]): number[] {
  const probe = { ...channel };
  sealCommand(probe, [...data, 0], false);
  return probe.chain.slice(0, 8);
}
