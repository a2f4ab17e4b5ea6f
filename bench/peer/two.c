// The least that two processes need from a read to a relay: a hysteresis in one, the relay's line in the other, and a packet between.
//
// What bench/measure.py has for a limit of the row "read → relay" on the machine at hand: nothing is checked, logged or guarded here,
// but like Bombyx the process that reads is not the one that owns the line.

#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { address = 0x44, line = 5, packet_size = 64 };

static const double setpoint = 24.0, half_band = 0.2;  // °C

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static struct sockaddr_un named(const char *path) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  strncpy(name.sun_path, path, sizeof name.sun_path - 1);
  return name;
}

/// Owns the line and does what the packets say.
static void own(const char *path) {
  const int chip = open("/dev/gpiochip0", O_RDWR | O_CLOEXEC);
  struct gpio_v2_line_request request = {
      .offsets = {line}, .num_lines = 1, .config.flags = GPIO_V2_LINE_FLAG_OUTPUT, .consumer = "two"};
  if (chip < 0 || ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &request) < 0) fail("/dev/gpiochip0");
  const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  const struct sockaddr_un name = named(path);
  if (bind(listener, (const struct sockaddr *)&name, sizeof name) < 0 || listen(listener, 1) < 0) fail(path);
  const int peer = accept(listener, NULL, NULL);
  if (peer < 0) fail("accept");
  uint8_t packet[packet_size];
  while (recv(peer, packet, sizeof packet, 0) > 0) {
    struct gpio_v2_line_values values = {.bits = packet[0], .mask = 1};
    if (ioctl(request.fd, GPIO_V2_LINE_SET_VALUES_IOCTL, &values) < 0) fail("line");
  }
}

static double measure(int bus) {
  uint8_t command[] = {0x24, 0x00}, data[6];
  struct i2c_msg write_it = {.addr = address, .len = sizeof command, .buf = command};
  struct i2c_msg read_it = {.addr = address, .flags = I2C_M_RD, .len = sizeof data, .buf = data};
  struct i2c_rdwr_ioctl_data transfer = {.msgs = &write_it, .nmsgs = 1};
  if (ioctl(bus, I2C_RDWR, &transfer) < 0) fail("trigger");
  // The longest conversion at high repeatability: Sensirion SHT3x-DIS data sheet, table 4.
  nanosleep(&(struct timespec){.tv_nsec = 15500000}, NULL);
  transfer.msgs = &read_it;
  if (ioctl(bus, I2C_RDWR, &transfer) < 0) fail("read");
  return -45 + 175 * (double)(data[0] << 8 | data[1]) / 65535;
}

/// Reads once a second, and sends what the line is to be.
static void control(const char *path) {
  const int bus = open("/dev/i2c-0", O_RDWR | O_CLOEXEC);
  if (bus < 0) fail("/dev/i2c-0");
  const int peer = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  const struct sockaddr_un name = named(path);
  if (connect(peer, (const struct sockaddr *)&name, sizeof name) < 0) fail(path);
  uint8_t packet[packet_size] = {0};
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  for (;;) {
    const double value = measure(bus);
    if (value < setpoint - half_band) packet[0] = 1;
    if (value > setpoint + half_band) packet[0] = 0;
    if (send(peer, packet, sizeof packet, MSG_NOSIGNAL) < 0) fail("send");
    next.tv_sec++;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL) == EINTR) {}
  }
}

int main(int count, char **words) {
  if (count == 3 && strcmp(words[1], "own") == 0) own(words[2]);
  else if (count == 3 && strcmp(words[1], "control") == 0) control(words[2]);
  else fprintf(stderr, "usage: two own|control SOCKET\n");
  return 1;
}
