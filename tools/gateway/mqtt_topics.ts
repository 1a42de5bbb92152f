/**
 * Topics of meters behind a mobile network, as gateway and meters have them.
 *
 *   curbstop/meter/ID/up     a frame of that meter, eight digits (radioId)
 *   curbstop/meter/ID/down   a frame for it
 *   curbstop/meters/down     a frame for all
 */
export const BROADCAST_TOPIC = "curbstop/meters/down";
export const upTopic = (id: string): string => `curbstop/meter/${id}/up`;
export const downTopic = (id: string): string => `curbstop/meter/${id}/down`;
