/** lora-packet, which no one here wrote, reads and checks the frames of the simulated device and network. */
import assert from "node:assert/strict";
import type Library from "lora-packet";
import { frameToGroup } from "../../../sim/hci/lorawan_network";
import { APP_KEY, DEVICE_EUI, GROUP, lorawanRig } from "../../firmware/modem/rig";

type LoraPacket = typeof Library;

function loraPacket(): LoraPacket | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- pending by name where it is not installed
    return require("lora-packet") as LoraPacket;
  } catch {
    return undefined;
  }
}

describe("hci: LoRaWAN frames under lora-packet 0.9.3", () => {
  const lora = loraPacket();
  before(function () {
    if (lora === undefined) this.skip();
  });
  const key = Buffer.from(APP_KEY);
  const read = (frame: number[]): ReturnType<LoraPacket["fromWire"]> => lora!.fromWire(Buffer.from(frame));

  it("takes the join request, its addresses and its MIC", () => {
    const { frames, pass } = lorawanRig();
    pass(10_000);
    const request = read(frames[0]);
    assert.equal(request.getMType(), "Join Request");
    assert.equal(request.DevEUI?.toString("hex"), Buffer.from(DEVICE_EUI).toString("hex"));
    assert.equal(request.AppEUI?.toString("hex"), "0000000000000001");
    assert.equal(lora!.verifyMIC(request, undefined, key), true);
    assert.equal(lora!.verifyMIC(request, undefined, Buffer.alloc(16)), false);
  });

  it("takes data up and down of the joined session, 32-bit counters included, and decrypts them", () => {
    const rig = lorawanRig();
    rig.pass(10_000);
    const session = rig.module.session!;
    const network_key = Buffer.from(session.network_key);
    const application_key = Buffer.from(session.application_key);
    rig.module.next_up = 0x1fffe;
    rig.network.devices[0].next_up = 0x1fff0;
    for (const payload of [[1, 2, 3], new Array<number>(100).fill(0x5a), [9]]) {
      rig.modem.port.send(payload, () => undefined);
      rig.pass(20_000);
    }
    const high = [1, 1, 2];
    rig.frames.slice(1).forEach((bytes, index) => {
      const packet = read(bytes);
      const counter = Buffer.from([high[index], 0]);
      assert.equal(packet.getMType(), "Unconfirmed Data Up");
      assert.equal(lora!.verifyMIC(packet, network_key, undefined, counter), true, `frame ${index}`);
      assert.deepEqual([...lora!.decrypt(packet, application_key, network_key, counter)], rig.taken[index]);
    });
    assert.equal(rig.taken.length, 3);
    const down = read(rig.down([7, 7, 7]));
    assert.equal(down.getMType(), "Unconfirmed Data Down");
    assert.equal(lora!.verifyMIC(down, network_key), true);
    assert.deepEqual([...lora!.decrypt(down, application_key, network_key)], [7, 7, 7]);
  });

  it("takes frames to the multicast group under the group's keys", () => {
    const rig = lorawanRig();
    const packet = read(frameToGroup(rig.network, 200, [1, 2, 3, 4]));
    assert.equal(packet.DevAddr?.toString("hex"), "01020304");
    assert.equal(packet.getFPort(), 200);
    assert.equal(lora!.verifyMIC(packet, Buffer.from(GROUP.network_key)), true);
    const plain = lora!.decrypt(packet, Buffer.from(GROUP.application_key), Buffer.from(GROUP.network_key));
    assert.deepEqual([...plain], [1, 2, 3, 4]);
  });
});
