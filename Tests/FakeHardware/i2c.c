// I2C buses with SHT3x sensors on them (Sensirion, Datasheet SHT3x-DIS, version 7, sections 4.3 to 4.13).
#define _GNU_SOURCE
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <sys/prctl.h>

#include "internal.h"

#define MS INT64_C(1000000)
#define STUCK_BUS_TIME (200 * MS)
#define STATUS_RESET 0x0010
#define STATUS_COMMAND_FAILED 0x0002
#define STATUS_HEATER 0x2000
#define STATUS_CLEARABLE 0x8c10
#define STATUS_AFTER_RESET 0x8010

/// One transfer: the bus is ours from begin_ns; clock_ns runs ahead by the time the bits take.
struct transfer {
  unsigned bus;
  int64_t begin_ns;
  int64_t clock_ns;
  unsigned event_count;
  struct fakehw_event events[2 * I2C_RDWR_IOCTL_MAX_MSGS];
};

static void note(struct transfer *transfer, uint32_t kind, unsigned address, uint32_t detail, double value) {
  if (transfer->event_count == sizeof transfer->events / sizeof transfer->events[0]) return;
  transfer->events[transfer->event_count++] = (struct fakehw_event){
    .kind = kind,
    .begin_ns = transfer->begin_ns,
    .bus = (uint16_t)transfer->bus,
    .number = (uint16_t)address,
    .detail = detail,
    .value = value,
  };
}

/// Lets the time of a message pass: 9 bits a byte, the address byte included, and 2 for start and stop.
static void pass(struct transfer *transfer, size_t bytes) {
  const uint32_t khz = fakehw_control(&hw)->khz;
  if (khz > 0) transfer->clock_ns += (int64_t)((bytes + 1) * 9 + 2) * MS / khz;
}

// MARK: The sensor

static uint8_t checksum(const uint8_t *word) {
  uint8_t crc = 0xff;
  for (int i = 0; i < 2; i++) {
    crc ^= word[i];
    for (int bit = 0; bit < 8; bit++) crc = (uint8_t)(crc & 0x80 ? crc << 1 ^ 0x31 : crc << 1);
  }
  return crc;
}

static void put_word(uint8_t *bytes, uint16_t word, bool wrong) {
  bytes[0] = (uint8_t)(word >> 8);
  bytes[1] = (uint8_t)word;
  bytes[2] = checksum(bytes) ^ (wrong ? 0x5a : 0);
}

/// How long a single-shot measurement takes at most (table 4), or 0 if this is another command.
static int64_t measurement_time(uint16_t command) {
  switch (command) {
    case 0x2400: case 0x2c06: return 15 * MS;
    case 0x240b: case 0x2c0d: return 6 * MS;
    case 0x2416: case 0x2c10: return 4 * MS;
    default: return 0;
  }
}

static bool stretches_clock(uint16_t command) {
  return command >> 8 == 0x2c;
}

static uint16_t raw(double share) {
  if (share < 0) return 0;
  return share > 1 ? 65535 : (uint16_t)(share * 65535 + 0.5);
}

static void soft_reset(struct fakehw_sensor *sensor, int64_t now) {
  sensor->status = STATUS_AFTER_RESET;
  sensor->busy_until_ns = now + 3 * MS / 2;
}

/// A command that is no measurement.
static void obey(struct fakehw_sensor *sensor, uint16_t command, int64_t now) {
  sensor->command = 0;
  // Reading the status tells of the command before it.
  if (command != 0xf32d) sensor->status &= (uint16_t)~STATUS_COMMAND_FAILED;
  switch (command) {
    case 0x30a2: soft_reset(sensor, now); break;
    case 0x3041: sensor->status &= (uint16_t)~STATUS_CLEARABLE; break;
    case 0x306d: sensor->status |= STATUS_HEATER; break;
    case 0x3066: sensor->status &= (uint16_t)~STATUS_HEATER; break;
    case 0x3093: break;  // Break: there is no periodic mode to end.
    case 0xf32d: case 0x3780: case 0x3682: sensor->command = command; break;
    default: sensor->status |= STATUS_COMMAND_FAILED; break;
  }
}

static void accept(struct transfer *transfer, struct fakehw_sensor *sensor, unsigned address, uint16_t command) {
  const int64_t duration = measurement_time(command);
  note(transfer, duration > 0 ? FAKEHW_EVENT_TRIGGER : FAKEHW_EVENT_COMMAND, address, command, 0);
  if (duration == 0) {
    obey(sensor, command, transfer->clock_ns);
    return;
  }
  sensor->command = command;
  sensor->busy_until_ns = transfer->clock_ns + duration;
  sensor->measured_temperature = sensor->temperature;
  sensor->measured_humidity = sensor->humidity;
}

/// Writes what the pending command answers; `answer` has room for 6 bytes. Returns how many bytes it is.
static size_t answer_of(const struct fakehw_sensor *sensor, uint8_t *answer) {
  const bool wrong_first = sensor->fault == FAKEHW_CRC_TEMPERATURE;
  const bool wrong_second = sensor->fault == FAKEHW_CRC_HUMIDITY;
  switch (sensor->command) {
    case 0xf32d:
      put_word(answer, sensor->status, wrong_first);
      return 3;
    case 0x3780: case 0x3682:
      put_word(answer, (uint16_t)(sensor->serial >> 16), wrong_first);
      put_word(answer + 3, (uint16_t)sensor->serial, wrong_second);
      return 6;
    default:
      put_word(answer, raw((sensor->measured_temperature + 45) / 175), wrong_first);
      put_word(answer + 3, raw(sensor->measured_humidity / 100), wrong_second);
      return 6;
  }
}

// MARK: Messages

static int not_acknowledged(struct transfer *transfer, struct fakehw_sensor *sensor, unsigned address, bool busy) {
  pass(transfer, 0);
  sensor->nacks++;
  note(transfer, FAKEHW_EVENT_NACK, address, busy, 0);
  return -(int)fakehw_control(&hw)->nak_errno;
}

static int bus_error(struct transfer *transfer, unsigned address, int64_t after, int error) {
  transfer->clock_ns += after;
  note(transfer, FAKEHW_EVENT_ERROR, address, (uint32_t)error, 0);
  return -error;
}

/// What stops a message before its first data byte: 0, or a negative errno value.
static int address_device(struct transfer *transfer, struct fakehw_sensor *sensor, unsigned address, bool reading) {
  if (sensor->fault == FAKEHW_STUCK_BUS) return bus_error(transfer, address, STUCK_BUS_TIME, ETIMEDOUT);
  if (sensor->fault == FAKEHW_ARBITRATION) return bus_error(transfer, address, 0, EAGAIN);
  if (!sensor->present || sensor->fault == FAKEHW_NAK) return not_acknowledged(transfer, sensor, address, false);

  const bool busy = transfer->clock_ns < sensor->busy_until_ns;
  if (busy && reading && stretches_clock(sensor->command)) transfer->clock_ns = sensor->busy_until_ns;
  else if (busy) return not_acknowledged(transfer, sensor, address, true);
  return reading && sensor->command == 0 ? not_acknowledged(transfer, sensor, address, false) : 0;
}

static int write_message(struct transfer *transfer, const struct i2c_msg *message) {
  struct fakehw_sensor *sensor = fakehw_sensor(&hw, transfer->bus, message->addr);
  int result = address_device(transfer, sensor, message->addr, false);
  if (result < 0) return result;
  pass(transfer, message->len);
  if (message->len < 2) return 0;  // Half a command does nothing.
  accept(transfer, sensor, message->addr, (uint16_t)(message->buf[0] << 8 | message->buf[1]));
  return 0;
}

static int read_message(struct transfer *transfer, const struct i2c_msg *message) {
  struct fakehw_sensor *sensor = fakehw_sensor(&hw, transfer->bus, message->addr);
  int result = address_device(transfer, sensor, message->addr, true);
  if (result < 0) return result;
  pass(transfer, message->len);

  uint8_t answer[6];
  const size_t length = answer_of(sensor, answer);
  for (size_t i = 0; i < message->len; i++) message->buf[i] = i < length ? answer[i] : 0xff;
  note(transfer, FAKEHW_EVENT_READ, message->addr, sensor->command, sensor->measured_temperature);
  sensor->command = 0;
  sensor->reads++;
  return 0;
}

static int message(struct transfer *transfer, const struct i2c_msg *message) {
  if (message->addr >= FAKEHW_ADDRESSES) return -EINVAL;
  return message->flags & I2C_M_RD ? read_message(transfer, message) : write_message(transfer, message);
}

// MARK: Transfers

/// Sleeps as in a driver that waits for its interrupt: the thread's timer slack does not count.
static void sleep_until(int64_t time_ns) {
  const int slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
  struct timespec time = {.tv_sec = time_ns / 1000000000, .tv_nsec = time_ns % 1000000000};
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, 0) == EINTR) continue;
  prctl(PR_SET_TIMERSLACK, slack > 0 ? slack : 0, 0, 0, 0);
}

/// Does the messages one after the other and waits once. Returns their number, or a negative errno value.
static int run(unsigned bus, const struct i2c_msg *messages, unsigned count) {
  struct transfer transfer;
  transfer.bus = bus;
  transfer.event_count = 0;
  lock_bus(bus);
  transfer.begin_ns = transfer.clock_ns = fakehw_now();
  int result = 0;
  for (unsigned i = 0; i < count && result == 0; i++) result = message(&transfer, &messages[i]);
  if (transfer.clock_ns > transfer.begin_ns) sleep_until(transfer.clock_ns);
  for (unsigned i = 0; i < transfer.event_count; i++) log_event(transfer.events[i]);
  unlock_bus(bus);
  return result < 0 ? result : (int)count;
}

static int finish(int result) {
  return result < 0 ? fail(-result) : result;
}

ssize_t i2c_read(struct descriptor *bus, void *bytes, size_t count) {
  struct i2c_msg read = {.addr = (uint16_t)bus->address, .flags = I2C_M_RD, .len = (uint16_t)count, .buf = bytes};
  const int result = run(bus->bus, &read, 1);
  return result < 0 ? fail(-result) : (ssize_t)count;
}

ssize_t i2c_write(struct descriptor *bus, const void *bytes, size_t count) {
  struct i2c_msg write = {.addr = (uint16_t)bus->address, .len = (uint16_t)count, .buf = (uint8_t *)bytes};
  const int result = run(bus->bus, &write, 1);
  return result < 0 ? fail(-result) : (ssize_t)count;
}

// MARK: SMBus calls

/// How many data bytes follow the command byte; -1: not supported.
static int data_length(const struct i2c_smbus_ioctl_data *call) {
  switch (call->size) {
    case I2C_SMBUS_QUICK: case I2C_SMBUS_BYTE: return 0;
    case I2C_SMBUS_BYTE_DATA: return 1;
    case I2C_SMBUS_WORD_DATA: return 2;
    case I2C_SMBUS_I2C_BLOCK_DATA: case I2C_SMBUS_I2C_BLOCK_BROKEN:
      return call->data->block[0] <= I2C_SMBUS_BLOCK_MAX ? call->data->block[0] : -1;
    default: return -1;
  }
}

static uint8_t *data_bytes(const struct i2c_smbus_ioctl_data *call, int length) {
  return length <= 2 && call->size != I2C_SMBUS_I2C_BLOCK_DATA && call->size != I2C_SMBUS_I2C_BLOCK_BROKEN
             ? call->data->block
             : call->data->block + 1;
}

static int smbus(struct descriptor *bus, const struct i2c_smbus_ioctl_data *call) {
  const int length = data_length(call);
  if (length < 0) return -EOPNOTSUPP;
  const uint16_t address = (uint16_t)bus->address;
  const bool reading = call->read_write == I2C_SMBUS_READ;
  if (call->size == I2C_SMBUS_QUICK) {
    return run(bus->bus, &(struct i2c_msg){.addr = address}, 1);
  }
  if (call->size == I2C_SMBUS_BYTE && reading) {
    return run(bus->bus, &(struct i2c_msg){.addr = address, .flags = I2C_M_RD, .len = 1, .buf = &call->data->byte}, 1);
  }
  uint8_t sent[1 + I2C_SMBUS_BLOCK_MAX] = {call->command};
  struct i2c_msg messages[2] = {{.addr = address, .len = 1, .buf = sent}};
  if (reading) {
    messages[1] = (struct i2c_msg){
      .addr = address, .flags = I2C_M_RD, .len = (uint16_t)length, .buf = data_bytes(call, length)};
    return run(bus->bus, messages, 2);
  }
  if (length > 0) memcpy(sent + 1, data_bytes(call, length), (size_t)length);
  messages[0].len = (uint16_t)(1 + length);
  return run(bus->bus, messages, 1);
}

// MARK: Calls

/// A kernel driver is bound to a device whose folder in the tree beside the shared memory has a `driver`.
static bool taken_by_kernel(unsigned bus, unsigned address) {
  char path[512];
  snprintf(path, sizeof path, "%s.d/sys/bus/i2c/devices/%u-%04x/driver", hw.path, bus, address);
  struct stat entry;
  return lstat(path, &entry) == 0;
}

static int select_address(struct descriptor *bus, unsigned long address, bool forced) {
  if (address >= FAKEHW_ADDRESSES) return -EINVAL;
  if (!forced && taken_by_kernel(bus->bus, (unsigned)address)) return -EBUSY;
  bus->address = (unsigned)address;
  return 0;
}

static int combined(struct descriptor *bus, const struct i2c_rdwr_ioctl_data *call) {
  if (call->nmsgs == 0 || call->nmsgs > I2C_RDWR_IOCTL_MAX_MSGS) return -EINVAL;
  return run(bus->bus, call->msgs, call->nmsgs);
}

int i2c_ioctl(struct descriptor *bus, unsigned long request, void *argument) {
  switch (request) {
    case I2C_SLAVE: return finish(select_address(bus, (unsigned long)argument, false));
    case I2C_SLAVE_FORCE: return finish(select_address(bus, (unsigned long)argument, true));
    case I2C_FUNCS:
      *(unsigned long *)argument = I2C_FUNC_I2C | I2C_FUNC_SMBUS_QUICK | I2C_FUNC_SMBUS_BYTE
                                   | I2C_FUNC_SMBUS_BYTE_DATA | I2C_FUNC_SMBUS_WORD_DATA | I2C_FUNC_SMBUS_I2C_BLOCK;
      return 0;
    case I2C_TIMEOUT: case I2C_RETRIES: case I2C_PEC: case I2C_TENBIT: return 0;
    case I2C_RDWR: return finish(combined(bus, argument));
    case I2C_SMBUS: return finish(smbus(bus, argument)) < 0 ? -1 : 0;
    default: return fail(ENOTTY);
  }
}
