// A program for check.py to drive: one command a line on standard input, one answer a line on standard output.
//
//   outputs CHIP OFFSETS ACTIVE-LOW VALUES   open; offsets with commas, masks hexadecimal
//   inputs CHIP OFFSETS ACTIVE-LOW EDGES     open
//   set VALUES | get | edge | poll | release
//   find CHIP NAME | chips | lines CHIP
//   transfer BUS ADDRESS w:HEX r:COUNT …     one I2C_RDWR call
//
// An answer is a number, or what was read; a negative number is -errno.
#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cgpio.h"

static cgpio_lines *lines;

static const char *word(void) {
  const char *next = strtok(NULL, " \n");
  return next ? next : "";
}

static uint64_t mask(void) {
  return strtoull(word(), NULL, 16);
}

static size_t offsets(uint32_t *list) {
  size_t count = 0;
  char text[256], *rest = text, *part;
  snprintf(text, sizeof text, "%s", word());
  while ((part = strsep(&rest, ",")) && count <= CGPIO_MAX_LINES) list[count++] = (uint32_t)strtoul(part, NULL, 10);
  return count;
}

static int open_lines(bool output) {
  const char *chip = word();
  uint32_t list[CGPIO_MAX_LINES + 1];
  const size_t count = offsets(list);
  const uint64_t low = mask();
  const uint64_t last = mask();
  if (output) return cgpio_open_outputs(chip, "check", list, count, low, last, &lines);
  return cgpio_open_inputs(chip, "check", list, count, low, CGPIO_BIAS_PULL_UP, (cgpio_edges)last, &lines);
}

static void print_get(void) {
  uint64_t values = 0;
  const int result = cgpio_get(lines, &values);
  if (result < 0) printf("%d\n", result);
  else printf("%llx\n", (unsigned long long)values);
}

static void print_edge(void) {
  cgpio_edge edge;
  const int result = cgpio_read_edge(lines, &edge);
  if (result == 1) printf("%u %s %llu\n", edge.index, edge.rising ? "rising" : "falling",
                          (unsigned long long)edge.timestamp_ns);
  else printf("%d\n", result);
}

static int wait_for_edge(void) {
  struct pollfd wait = {.fd = cgpio_edge_descriptor(lines), .events = POLLIN};
  return wait.fd < 0 ? wait.fd : poll(&wait, 1, 2000);
}

static void print_chips(void) {
  cgpio_chip_info chips[4];
  const int count = cgpio_list_chips(chips, 4);
  printf("%d", count);
  for (int i = 0; i < count && i < 4; i++) printf(" %s %s %u", chips[i].name, chips[i].label, chips[i].line_count);
  printf("\n");
}

static void print_lines(const char *chip) {
  cgpio_line_info list[CGPIO_MAX_LINES];
  const int count = cgpio_list_lines(chip, list, CGPIO_MAX_LINES);
  printf("%d", count);
  for (int i = 0; i < count; i++) {
    if (list[i].used) printf(" %s=%s", list[i].name, list[i].consumer);
  }
  printf("\n");
}

static unsigned parse_messages(struct i2c_msg *messages, uint8_t (*buffers)[64], uint16_t address) {
  unsigned count = 0;
  for (const char *part = word(); *part && count < 8; part = word(), count++) {
    messages[count] = (struct i2c_msg){.addr = address, .buf = buffers[count]};
    if (part[0] == 'r') {
      messages[count].flags = I2C_M_RD;
      messages[count].len = (uint16_t)atoi(part + 2);
      continue;
    }
    for (const char *digit = part + 2; digit[0] && digit[1]; digit += 2) {
      sscanf(digit, "%2hhx", &buffers[count][messages[count].len++]);
    }
  }
  return count;
}

static void transfer(void) {
  char path[32];
  snprintf(path, sizeof path, "/dev/i2c-%s", word());
  const uint16_t address = (uint16_t)mask();
  struct i2c_msg messages[8];
  uint8_t buffers[8][64];
  struct i2c_rdwr_ioctl_data call = {.msgs = messages};
  call.nmsgs = parse_messages(messages, buffers, address);

  const int bus = open(path, O_RDWR);
  const int result = bus < 0 ? -1 : ioctl(bus, I2C_RDWR, &call);
  if (result < 0) {
    printf("%d\n", -errno);
  } else {
    printf("%d ", result);
    for (unsigned i = 0; i < call.nmsgs; i++) {
      for (unsigned b = 0; (messages[i].flags & I2C_M_RD) && b < messages[i].len; b++) printf("%02x", buffers[i][b]);
    }
    printf("\n");
  }
  if (bus >= 0) close(bus);
}

static void obey(const char *command) {
  if (strcmp(command, "outputs") == 0) printf("%d\n", open_lines(true));
  else if (strcmp(command, "inputs") == 0) printf("%d\n", open_lines(false));
  else if (strcmp(command, "set") == 0) printf("%d\n", cgpio_set(lines, mask()));
  else if (strcmp(command, "get") == 0) print_get();
  else if (strcmp(command, "edge") == 0) print_edge();
  else if (strcmp(command, "poll") == 0) printf("%d\n", wait_for_edge());
  else if (strcmp(command, "chips") == 0) print_chips();
  else if (strcmp(command, "lines") == 0) print_lines(word());
  else if (strcmp(command, "transfer") == 0) transfer();
  else if (strcmp(command, "version") == 0) printf("%s\n", cgpio_library_version());
  else if (strcmp(command, "find") == 0) {
    const char *chip = word();
    printf("%d\n", cgpio_find_line(chip, word()));
  } else if (strcmp(command, "release") == 0) {
    cgpio_release(lines);
    lines = NULL;
    printf("0\n");
  } else {
    printf("unknown command\n");
  }
}

int main(void) {
  char line[512];
  setvbuf(stdout, NULL, _IOLBF, 0);
  while (fgets(line, sizeof line, stdin)) {
    const char *command = strtok(line, " \n");
    if (command) obey(command);
  }
  return 0;
}
