/** Whom a frame is from, and whom content goes to, as far as it is said in the clear. */
import { CONTENT_MAX_BYTES_B, LINK_BYTES } from "../../firmware/radio/frames";
import { C_SND_UD, C_SND_UD3, C_SND_UD_NEXT, idAt, isLinkContent } from "../../firmware/radio/link";

/** Identification number in the link layer, and in the long header behind link, extended link and authentication. */
const SENDER_FIRST = 4;
const RECEIVER_FIRST = 31;
const ID_BYTES = 4;

/** Eight digits; undefined when it is no frame. */
export function senderOf(frame: number[]): string | undefined {
  return frame.length > LINK_BYTES ? idAt(frame, SENDER_FIRST) : undefined;
}

export type Receiver = { readonly to: "all" } | { readonly to: "meter"; readonly id: string };

/** Undefined when content names nobody, or is too long for a frame. */
export function receiverOf(content: number[]): Receiver | undefined {
  if (!isLinkContent(content) || content.length > CONTENT_MAX_BYTES_B) return undefined;
  if (content[1] === C_SND_UD3) return { to: "all" };
  const is_message = content[1] === C_SND_UD || content[1] === C_SND_UD_NEXT;
  const id = is_message && content.length > RECEIVER_FIRST + ID_BYTES ? idAt(content, RECEIVER_FIRST) : "";
  return id === "" ? undefined : { to: "meter", id };
}
