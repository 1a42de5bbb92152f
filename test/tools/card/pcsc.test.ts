/**
 * Readers, with a PC/SC service that only pretends (end_to_end.test.ts has the real one).
 */
import assert from "node:assert/strict";
import { CardError, createLink } from "../../../tools/card/link";
import { readUid } from "../../../tools/card/layout";
import { listReaders, openContext, openReader, type PcscContext } from "../../../tools/card/pcsc";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { refusal } from "./samples";

const PRESENT = 32;
const EMPTY = 16;

interface Pretended {
  context: PcscContext;
  said: string[];
}

function pretended(states: Record<string, number>, transmit: () => Promise<Buffer>): Pretended {
  const said: string[] = [];
  const card = {
    transmit,
    disconnect: (disposition: number) => void said.push(`disconnect ${disposition}`),
  };
  const connect = (share: number, protocols: number) => {
    said.push(`connect ${share} ${protocols}`);
    return Promise.resolve(card);
  };
  const readers = Object.entries(states).map(([name, state]) => {
    return { name, state, atr: state === PRESENT ? Buffer.from("3b80", "hex") : null, connect };
  });
  return { context: { listReaders: () => readers, close: () => void said.push("close") }, said };
}

const ok = () => Promise.resolve(Buffer.from("9100", "hex"));

describe("card desk: PC/SC readers", () => {
  it("are listed with their cards", () => {
    const { context } = pretended({ one: EMPTY, two: PRESENT }, ok);
    assert.deepEqual(listReaders(context), [
      { name: "one", has_card: false, atr: null },
      { name: "two", has_card: true, atr: "3b80" },
    ]);
  });

  it("the one with a card is taken, exclusively, and left without power", async () => {
    const { context, said } = pretended({ one: EMPTY, two: PRESENT }, ok);
    const transport = await openReader(undefined, 0, context);
    assert.deepEqual(await transport.transmit([0x90, 0x60, 0, 0, 0]), [0x91, 0]);
    await transport.close();
    assert.deepEqual(said, ["connect 1 3", "disconnect 2", "close"]);
  });

  it("none, no card, two cards and an unknown name are each named, and the service is let go", async () => {
    const cases: [Record<string, number>, string | undefined, Parameters<typeof refusal>][] = [
      [{}, undefined, ["no_card_there", /^no card reader is connected \(.*list-readers.*\)$/]],
      [{ one: EMPTY }, undefined, ["no_card_there", /^no card is on a reader/]],
      [{ one: EMPTY, two: PRESENT }, "one", ["no_card_there", /^no card is on a reader/]],
      [{ one: PRESENT, two: PRESENT }, undefined, ["reader", /cards in 2 readers: "one", "two" \(choose one/]],
      [{ one: PRESENT }, "ACR", ["reader", /no card reader is called "ACR" \(there are "one"\)/]],
    ];
    for (const [states, name, [code, message]] of cases) {
      const { context, said } = pretended(states, ok);
      await assert.rejects(openReader(name, 0, context), refusal(code, message));
      assert.deepEqual(said, ["close"]);
    }
  });

  it("a card that comes a little later is waited for", async () => {
    const { context } = pretended({ one: EMPTY }, ok);
    const [reader] = context.listReaders() as { state: number }[];
    setTimeout(() => (reader.state = PRESENT), 30);
    await (await openReader(undefined, 5000, context)).close();
  });

  it("an answer of less than two bytes, and an error of the reader, are a torn card", async () => {
    for (const transmit of [() => Promise.resolve(Buffer.alloc(0)), () => Promise.reject(new Error("Card removed"))]) {
      const transport = await openReader(undefined, 0, pretended({ one: PRESENT }, transmit).context);
      await assert.rejects(readUid(createLink(transport, createNodeCrypto())), (error) => {
        assert.ok(error instanceof CardError);
        assert.deepEqual([error.reason, error.exit_code], ["torn", 1]);
        return true;
      });
    }
  });

  it("a service that does not run is named", () => {
    const Context = function () {
      throw new Error("PC/SC service not running");
    } as unknown as new () => PcscContext;
    const load = () => ({ Context });
    assert.throws(() => openContext(load), refusal("reader", /PC\/SC service not running \(start pcscd/));
  });
});
