// i2c-dev and libi2c for Swift: variadic ioctl calls as plain functions. All return 0 or more, or a negative errno value.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <i2c/smbus.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>

/// What the adapter can do: a mask of I2C_FUNC_….
static inline int ci2c_functions(int descriptor, unsigned long *_Nonnull functions) {
  return ioctl(descriptor, I2C_FUNCS, functions) < 0 ? -errno : 0;
}

/// Longest a transfer may take, in units of 10 ms, and how often the adapter may try again after losing arbitration.
static inline int ci2c_set_limits(int descriptor, unsigned long timeout, unsigned long retries) {
  if (ioctl(descriptor, I2C_TIMEOUT, timeout) < 0) return -errno;
  return ioctl(descriptor, I2C_RETRIES, retries) < 0 ? -errno : 0;
}

/// One combined transfer. Returns the number of messages carried out, which is less than `count` where a driver reports a
/// missing acknowledge without an error.
static inline int ci2c_transfer(int descriptor, struct i2c_msg *_Nonnull messages, uint32_t count) {
  struct i2c_rdwr_ioctl_data data = {.msgs = messages, .nmsgs = count};
  const int done = ioctl(descriptor, I2C_RDWR, &data);
  return done < 0 ? -errno : done;
}

/// Chooses the address for SMBus calls. -EBUSY if a kernel driver has it.
static inline int ci2c_select(int descriptor, uint16_t address) {
  return ioctl(descriptor, I2C_SLAVE, (unsigned long)address) < 0 ? -errno : 0;
}

/// Asks whether the selected address answers: by reading a byte, or by a write of no bytes.
static inline int ci2c_probe(int descriptor, int reads_byte) {
  const int result = reads_byte ? i2c_smbus_read_byte(descriptor) : i2c_smbus_write_quick(descriptor, I2C_SMBUS_WRITE);
  return result < 0 ? (result == -1 ? -errno : result) : 0;
}
