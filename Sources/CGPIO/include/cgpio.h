// Lines of a GPIO chip, the same over libgpiod 1.6 (Debian 12) and 2.x (Debian 13).
//
// A chip is named by its label ("pinctrl-bcm2711"), which does not change when chips are numbered anew, or by a path
// that begins with "/". A set of lines is opened in one request to the kernel, belongs to this process until it is
// released, and is read and written as a mask: bit i is the i-th line of the request.
//
// Values are logical: 1 is active. Which lines are active low is said when they are opened. The kernel is asked for
// physical levels and the inversion is done here, because libgpiod 1 knows it only for a whole request.
//
// Errors: every function that returns int returns a negative errno value on failure; each says which. Any of them can
// also return -EMFILE, -ENFILE or -ENOMEM when the process or the system runs out, and -EIO when the library failed
// without saying why.
//
// Threads: functions that take no `cgpio_lines` may be called from any thread. Calls on one `cgpio_lines` must not
// overlap; the caller serialises them. Calls on different ones are independent. Waiting on the edge descriptor with
// poll or epoll is allowed in any thread.
//
// Memory: opening and listing allocate. cgpio_set, cgpio_get and cgpio_read_edge do not.
#ifndef CGPIO_H
#define CGPIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#define CGPIO_NULLABLE _Nullable
#define CGPIO_NONNULL _Nonnull
#else
#define CGPIO_NULLABLE
#define CGPIO_NONNULL
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// Most lines of one request: the kernel's limit (GPIO_V2_LINES_MAX, linux/gpio.h).
#define CGPIO_MAX_LINES 64

/// Bytes of a name with its end mark: the kernel's limit (GPIO_MAX_NAME_SIZE, linux/gpio.h).
#define CGPIO_TEXT_SIZE 32

/// A set of open lines. Opaque; made by cgpio_open_outputs or cgpio_open_inputs, ended by cgpio_release.
typedef struct cgpio_lines cgpio_lines;

/// What a chip says about itself. Texts end with a zero byte.
typedef struct {
  char name[CGPIO_TEXT_SIZE];   ///< The kernel's name, "gpiochip0"; the device is /dev/<name>.
  char label[CGPIO_TEXT_SIZE];  ///< The hardware's name, "pinctrl-bcm2711"; "unknown" if the driver gives none.
  uint32_t line_count;
} cgpio_chip_info;

/// What the kernel says about a line. Texts end with a zero byte and may be empty.
///
/// The direction of a line that is not in use is not told: drivers report it wrongly after a release.
typedef struct {
  uint32_t offset;
  bool used;                       ///< Held by the kernel or by any process, this one included.
  char name[CGPIO_TEXT_SIZE];      ///< Given by the board's device tree, "GPIO17".
  char consumer[CGPIO_TEXT_SIZE];  ///< Who holds the line, by its own words.
} cgpio_line_info;

/// The resistor inside the chip. A chip that has none refuses the request with -ENOTSUP or -EINVAL.
typedef enum {
  CGPIO_BIAS_AS_IS = 0,
  CGPIO_BIAS_DISABLED = 1,
  CGPIO_BIAS_PULL_UP = 2,
  CGPIO_BIAS_PULL_DOWN = 3,
} cgpio_bias;

/// Logical edges to report: rising is from inactive to active.
typedef enum {
  CGPIO_EDGES_NONE = 0,
  CGPIO_EDGES_RISING = 1,
  CGPIO_EDGES_FALLING = 2,
  CGPIO_EDGES_BOTH = 3,
} cgpio_edges;

/// One edge of an input.
typedef struct {
  uint64_t timestamp_ns;  ///< CLOCK_MONOTONIC at the interrupt (Linux 5.7 and later), nanoseconds.
  uint32_t index;         ///< Position of the line in the request.
  bool rising;            ///< From inactive to active.
} cgpio_edge;

/// The version of the libgpiod in use, "1.6.3" or "2.2.1".
const char *cgpio_library_version(void);

/// Lists the chips of this machine. Aliases (symbolic links in /dev) are not listed twice.
///
/// Writes at most `capacity` entries; `chips` may be null if `capacity` is 0.
/// Returns the number of chips that could be opened, which may exceed `capacity`.
/// Errors: -EACCES if there are chips and none may be opened.
int cgpio_list_chips(cgpio_chip_info *CGPIO_NULLABLE chips, size_t capacity);

/// Lists the lines of a chip, in the order of their offsets.
///
/// Writes at most `capacity` entries; `lines` may be null if `capacity` is 0.
/// Returns the number of lines of the chip, which may exceed `capacity`.
/// Errors: those of finding a chip, see cgpio_find_line.
int cgpio_list_lines(const char *chip, cgpio_line_info *CGPIO_NULLABLE lines, size_t capacity);

/// The offset of the line with this name.
///
/// Errors: -ENOENT no such chip or no such line; -ENOTUNIQ two chips have this label; -EACCES the chip, or a chip that
/// might be the one, may not be opened; -ENODEV or -ENOTTY the path is no GPIO chip.
int cgpio_find_line(const char *chip, const char *line_name);

/// Opens lines as outputs. Each line takes its first value in the request itself, so that no other level is seen.
///
/// `offsets` holds `count` offsets, 1 to CGPIO_MAX_LINES, none twice. Bit i of `active_low` and of `values` belongs to
/// the i-th offset; bits beyond `count` are ignored. `consumer` is what others see as the holder; it is cut after 31
/// bytes. On success returns 0 and stores the lines in `lines`; on failure stores null.
/// Errors: -EBUSY a line is held by somebody else, then none is taken; -ENOENT no such chip or line; -EINVAL bad
/// `count` or an offset twice; -EPERM or -EACCES not allowed; and those of cgpio_find_line.
int cgpio_open_outputs(const char *chip, const char *consumer, const uint32_t *offsets, size_t count,
                       uint64_t active_low, uint64_t values, cgpio_lines *CGPIO_NULLABLE *CGPIO_NONNULL lines);

/// Opens lines as inputs, each reporting the edges asked for.
///
/// Parameters and errors as for cgpio_open_outputs; also -ENOTSUP, -EINVAL or -ENXIO if the chip has no such bias or
/// cannot report edges.
int cgpio_open_inputs(const char *chip, const char *consumer, const uint32_t *offsets, size_t count,
                      uint64_t active_low, cgpio_bias bias, cgpio_edges edges,
                      cgpio_lines *CGPIO_NULLABLE *CGPIO_NONNULL lines);

/// Sets all lines of the request in one call to the kernel. Returns 0.
///
/// Errors: -EPERM the lines are inputs; -ENODEV the chip is gone; others as the chip's driver gives them (an expander
/// on a bus: -EREMOTEIO, -ETIMEDOUT). After an error the levels are not known.
int cgpio_set(cgpio_lines *lines, uint64_t values);

/// Reads the levels of all lines back from the chip, outputs too. Returns 0 and writes `values`; bits beyond the
/// lines are 0.
///
/// Errors: -ENODEV the chip is gone; others as the chip's driver gives them.
int cgpio_get(cgpio_lines *lines, uint64_t *values);

/// A file descriptor that is readable while an edge waits to be read. It belongs to `lines`: do not read or close it.
///
/// Errors: -EPERM the lines were not opened with edges.
int cgpio_edge_descriptor(const cgpio_lines *lines);

/// Takes the next edge, without waiting. Returns 1 and writes `edge`, or 0 if there is none.
///
/// The kernel keeps at least 16 edges a line and drops further ones.
/// Errors: -EPERM the lines were not opened with edges; -ENODEV the chip is gone.
int cgpio_read_edge(cgpio_lines *lines, cgpio_edge *edge);

/// Gives the lines back and frees them. What level a line has then depends on the board (see board/). Null is allowed.
void cgpio_release(cgpio_lines *CGPIO_NULLABLE lines);

#ifdef __cplusplus
}
#endif

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
