/*
 * A stranger's reader of DESFire cards: does what its arguments say, by Debian's libfreefare and libnfc alone, on the
 * card in the device that LIBNFC_DEVICE names. Compiled by freefare_client.ts.
 *
 *   select AID                             the application; 000000 for the card's own level
 *   auth NUMBER KEY                        AES
 *   create_application AID SETTINGS KEYS
 *   create_value FILE MODE RIGHTS LOWER UPPER VALUE
 *   credit FILE AMOUNT, debit FILE AMOUNT, value FILE
 *   read FILE OFFSET BYTES, write FILE OFFSET DATA      in the mode that the card says the file has
 *   write_plain FILE OFFSET DATA                        without MAC, whatever the card says
 *   commit, abort, uid, applications, files, settings FILE
 *
 * AID, RIGHTS, KEY and DATA are hexadecimal, the other numbers decimal. Each prints one line: its name, then "ok", the
 * card's status in hexadecimal, or "broken" when libfreefare does not believe the answer; then what was read. A failure
 * stops nothing: most of what is to be seen is how a card refuses.
 */
#include <freefare.h>
#include <nfc/nfc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX 512

static MifareTag tag;
static char **next;

static const char *word(void) {
  if (*next == NULL) {
    fputs("an argument is missing\n", stderr);
    exit(2);
  }
  return *next++;
}

static long number(void) { return strtol(word(), NULL, 10); }
static unsigned long hexadecimal(void) { return strtoul(word(), NULL, 16); }

static size_t bytes(uint8_t *into) {
  const char *text = word();
  size_t length = strlen(text) / 2;
  if (length > BYTES_MAX) exit(2);
  for (size_t i = 0; i < length; i++) sscanf(text + 2 * i, "%2hhx", &into[i]);
  return length;
}

/* Begins the line of a verb; whether it went well. */
static int begin(const char *verb, ssize_t result) {
  uint8_t status = mifare_desfire_last_picc_error(tag);
  printf("%s ", verb);
  if (result >= 0) printf("ok");
  else if (status != 0) printf("%02x", status);
  else printf("broken");
  return result >= 0;
}

static void dump(const uint8_t *data, size_t length) {
  printf(" ");
  for (size_t i = 0; i < length; i++) printf("%02x", data[i]);
}

static MifareDESFireAID application(void) { return mifare_desfire_aid_new((uint32_t)hexadecimal()); }

static int levels(const char *verb) {
  if (strcmp(verb, "select") == 0) {
    MifareDESFireAID aid = application();
    begin(verb, mifare_desfire_select_application(tag, aid));
    free(aid);
  } else if (strcmp(verb, "auth") == 0) {
    uint8_t key_number = (uint8_t)number(), key[BYTES_MAX] = {0};
    bytes(key);
    MifareDESFireKey aes = mifare_desfire_aes_key_new(key);
    begin(verb, mifare_desfire_authenticate_aes(tag, key_number, aes));
    mifare_desfire_key_free(aes);
  } else if (strcmp(verb, "create_application") == 0) {
    MifareDESFireAID aid = application();
    uint8_t settings = (uint8_t)hexadecimal();
    begin(verb, mifare_desfire_create_application_aes(tag, aid, settings, (uint8_t)number()));
    free(aid);
  } else if (strcmp(verb, "applications") == 0) {
    MifareDESFireAID *aids = NULL;
    size_t count = 0;
    if (begin(verb, mifare_desfire_get_application_ids(tag, &aids, &count)))
      for (size_t i = 0; i < count; i++) printf(" %06x", (unsigned)mifare_desfire_aid_get_aid(aids[i]));
  } else if (strcmp(verb, "files") == 0) {
    uint8_t *files = NULL;
    size_t count = 0;
    if (begin(verb, mifare_desfire_get_file_ids(tag, &files, &count)))
      for (size_t i = 0; i < count; i++) printf(" %d", files[i]);
  } else if (strcmp(verb, "settings") == 0) {
    struct mifare_desfire_file_settings found;
    if (begin(verb, mifare_desfire_get_file_settings(tag, (uint8_t)number(), &found)))
      printf(" type=%d mode=%d rights=%04x", found.file_type, found.communication_settings, found.access_rights);
  } else if (strcmp(verb, "uid") == 0) {
    char *uid = NULL;
    if (begin(verb, mifare_desfire_get_card_uid(tag, &uid))) printf(" %s", uid);
  } else {
    return 0;
  }
  return 1;
}

static int contents(const char *verb) {
  uint8_t data[BYTES_MAX];
  if (strcmp(verb, "create_value") == 0) {
    uint8_t file = (uint8_t)number(), mode = (uint8_t)number();
    uint16_t rights = (uint16_t)hexadecimal();
    int32_t lower = (int32_t)number(), upper = (int32_t)number(), value = (int32_t)number();
    begin(verb, mifare_desfire_create_value_file(tag, file, mode, rights, lower, upper, value, 0));
  } else if (strcmp(verb, "credit") == 0) {
    uint8_t file = (uint8_t)number();
    begin(verb, mifare_desfire_credit(tag, file, (int32_t)number()));
  } else if (strcmp(verb, "debit") == 0) {
    uint8_t file = (uint8_t)number();
    begin(verb, mifare_desfire_debit(tag, file, (int32_t)number()));
  } else if (strcmp(verb, "value") == 0) {
    int32_t value = 0;
    if (begin(verb, mifare_desfire_get_value(tag, (uint8_t)number(), &value))) printf(" %d", value);
  } else if (strcmp(verb, "read") == 0) {
    uint8_t file = (uint8_t)number(), room[BYTES_MAX + 64];
    off_t offset = number();
    size_t length = (size_t)number();
    if (length > BYTES_MAX) exit(2);
    ssize_t got = mifare_desfire_read_data(tag, file, offset, length, room);
    if (begin(verb, got)) dump(room, (size_t)got);
  } else if (strcmp(verb, "write") == 0) {
    uint8_t file = (uint8_t)number();
    off_t offset = number();
    size_t length = bytes(data);
    begin(verb, mifare_desfire_write_data(tag, file, offset, length, data));
  } else if (strcmp(verb, "write_plain") == 0) {
    uint8_t file = (uint8_t)number();
    off_t offset = number();
    size_t length = bytes(data);
    begin(verb, mifare_desfire_write_data_ex(tag, file, offset, length, data, MDCM_PLAIN));
  } else if (strcmp(verb, "commit") == 0) {
    begin(verb, mifare_desfire_commit_transaction(tag));
  } else if (strcmp(verb, "abort") == 0) {
    begin(verb, mifare_desfire_abort_transaction(tag));
  } else {
    return 0;
  }
  return 1;
}

int main(int count, char **arguments) {
  (void)count;
  next = arguments + 1;
  nfc_context *context = NULL;
  nfc_init(&context);
  nfc_device *device = context == NULL ? NULL : nfc_open(context, NULL);
  MifareTag *tags = device == NULL ? NULL : freefare_get_tags(device);
  if (tags == NULL || tags[0] == NULL) {
    fprintf(stderr, "%s\n", device == NULL ? "no device" : "no card");
    return 1;
  }
  tag = tags[0];
  printf("card %s\n", freefare_get_tag_friendly_name(tag));
  if (mifare_desfire_connect(tag) != 0) {
    fputs("no connection\n", stderr);
    return 1;
  }
  while (*next != NULL) {
    const char *verb = word();
    if (!levels(verb) && !contents(verb)) {
      fprintf(stderr, "there is no verb %s\n", verb);
      return 2;
    }
    puts("");
  }
  mifare_desfire_disconnect(tag);
  freefare_free_tags(tags);
  nfc_close(device);
  nfc_exit(context);
  return 0;
}
