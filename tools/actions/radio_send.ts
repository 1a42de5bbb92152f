/**
 * What `curbstop radio send` does: a message for one meter goes into the queue; the gateway that runs on the same queue
 * sends it behind the meter's next telegram, and again until it is answered.
 */
import { BODY_MAX_BYTES, MESSAGE_KINDS } from "../../firmware/radio/message";
import { GatewayError } from "../gateway/gateway_error";
import { METER_ID } from "../gateway/entries";
import { DownlinkQueue } from "../gateway/queue";
import { isMadeWhenSent, kindPlace } from "../gateway/messages";
import type { Context } from "../context";
import { queueFile } from "./radio_listen";

export interface RadioSendOptions {
  queue?: string;
  body: string;
  json?: boolean;
}

function bodyBytes(text: string): number[] {
  const digits = text.replace(/[\s_]/g, "");
  if (!/^([0-9a-fA-F]{2})*$/.test(digits))
    throw new GatewayError("bad_message", "--body takes hexadecimal digits, two a byte");
  if (digits.length > 2 * BODY_MAX_BYTES)
    throw new GatewayError("bad_message", `a body has ${BODY_MAX_BYTES} bytes at most, this has ${digits.length / 2}`);
  return [...Buffer.from(digits, "hex")];
}

export async function radioSend(
  meter: string,
  kind: string,
  options: RadioSendOptions,
  context: Context,
): Promise<void> {
  if (!METER_ID.test(meter))
    throw new GatewayError("unknown_meter", `${meter}: a meter is named by the eight digits of its telegrams`);
  const what = kindPlace(kind);
  const body = bodyBytes(options.body);
  if (isMadeWhenSent(MESSAGE_KINDS[what - 1]) && body.length > 0)
    throw new GatewayError("bad_message", `${kind}: the gateway makes its body when it sends it (leave --body out)`);
  const queue = new DownlinkQueue(queueFile(options));
  const message = await queue.addMessage(meter, what, body);
  const { number, request } = message;
  const waiting = queue.waitingFor(meter).length;
  if (options.json === true) context.output.out(`${JSON.stringify({ number, meter, kind, request, waiting })}\n`);
  else context.output.out(`message ${number} (${kind}) waits for meter ${meter}, ${waiting} in all\n`);
}
