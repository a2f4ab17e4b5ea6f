"""The kernel's drivers for the simulated I2C adapter and GPIO chip, changed for a guest whose wires a program plays.

Debian's kernels have neither driver. Their sources come from the package linux-source when the guest is made; what is changed in
them stands here. Three changes serve both drivers:

* A request carries the guest's monotonic time in bits that the device's specification leaves unused, so that the simulator's clock
  is the guest's.
* The processor waits for an answer without idling, because the guest's clock jumps to the next timer when it idles.
* The time that a transfer takes on a real wire passes in the guest.
"""

# Waits as a busy processor. The loop ends when the device's interrupt has completed the request.
WAIT = """
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/sched.h>

static void answered(struct completion *done)
{
	while (!try_wait_for_completion(done)) {
		cond_resched();
		cpu_relax();
	}
}
"""

I2C_PARAMETERS = """
static int bus_number = -1;
module_param(bus_number, int, 0444);
static unsigned int kilohertz = 100;
module_param(kilohertz, uint, 0644);
static struct mutex wire;
"""

# One request a message: the device's queue is short, and an answer decides whether the next message is sent at all. A status
# above 1 is an error number, as a driver of a real controller would give; 1 is the short count of the unchanged driver.
I2C_TRANSFER = """
static int virtio_i2c_xfer(struct i2c_adapter *adap, struct i2c_msg *msgs, int num)
{
	struct virtio_i2c *vi = i2c_get_adapdata(adap);
	struct virtio_i2c_req *req;
	int i, status = 0, result = num;

	req = kzalloc(sizeof(*req), GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	mutex_lock(&wire);
	for (i = 0; i < num && !status; i++) {
		u64 now = ktime_to_us(ktime_get());
		unsigned int bits = 9 * (msgs[i].len + 1) + 2;
		unsigned int time = bits * 1000 / max(kilohertz, 1U);

		memset(req, 0, sizeof(*req));
		req->out_hdr.padding = cpu_to_le16(now & 0xffff);
		req->out_hdr.flags = cpu_to_le32((u32)(now >> 16) << 2);
		if (virtio_i2c_prepare_reqs(vi->vq, req, &msgs[i], 1) != 1) {
			result = -EIO;
			break;
		}
		virtqueue_kick(vi->vq);
		answered(&req->completion);
		status = req->in_hdr.status;
		i2c_put_dma_safe_msg_buf(req->buf, &msgs[i], !status);
		if (status == ETIMEDOUT)
			schedule_timeout_uninterruptible(adap->timeout);
		else
			usleep_range(time, time + 1);
		if (status)
			result = status == 1 ? i : -status;
	}
	mutex_unlock(&wire);
	kfree(req);
	return result;
}
"""

GPIO_PARAMETERS = """
static bool interrupts;
module_param(interrupts, bool, 0444);
static char *label;
module_param(label, charp, 0444);
static bool keep_level;
module_param(keep_level, bool, 0644);
"""


class Patch:
    """A source file and the changes to it. Every change must fit exactly once, or the kernel's source has moved on."""

    def __init__(self, name, text):
        self.name, self.text = name, text

    def replace(self, old, new):
        if self.text.count(old) != 1:
            raise SystemExit(f"{self.name}: {self.text.count(old)} places for: {old.strip().splitlines()[0]}")
        self.text = self.text.replace(old, new)

    def cut(self, begin, end):
        """Takes out what stands from one text up to another."""
        start = self.text.index(begin)
        self.text = self.text[:start] + self.text[self.text.index(end, start):]


def i2c(text):
    """The adapter: `bus_number`, time on the wire, errors as real controllers have them."""
    patch = Patch("i2c-virtio.c", text)
    patch.replace("\n/**\n * struct virtio_i2c - virtio I2C data", WAIT + I2C_PARAMETERS
                  + "\n/**\n * struct virtio_i2c - virtio I2C data")
    patch.cut("static int virtio_i2c_complete_reqs", "static void virtio_i2c_del_vqs")
    patch.replace("static void virtio_i2c_del_vqs", I2C_TRANSFER + "\nstatic void virtio_i2c_del_vqs")
    patch.replace("\tret = i2c_add_adapter(&vi->adap);\n",
                  "\tmutex_init(&wire);\n\tvi->adap.nr = bus_number;\n\tret = i2c_add_numbered_adapter(&vi->adap);\n")
    return patch.text


def gpio(text):
    """The chip: `label` of the largest chip, edges although QEMU does not offer them, levels that outlive their owner."""
    patch = Patch("gpio-virtio.c", text)
    patch.replace("\nstruct virtio_gpio_line {\n", WAIT + GPIO_PARAMETERS + "\nstruct virtio_gpio_line {\n")
    patch.replace("\treq->value = cpu_to_le32(txvalue);\n",
                  "\treq->value = cpu_to_le32(txvalue);\n"
                  "\tif (type == VIRTIO_GPIO_MSG_SET_VALUE || type == VIRTIO_GPIO_MSG_SET_DIRECTION)\n"
                  "\t\treq->value |= cpu_to_le32((u32)(ktime_to_us(ktime_get()) >> 4) << 2);\n")
    patch.replace("\twait_for_completion(&line->completion);\n", "\tanswered(&line->completion);\n")
    patch.replace("\tstruct virtio_gpio *vgpio = gpiochip_get_data(gc);\n\n"
                  "\tvirtio_gpio_req(vgpio, VIRTIO_GPIO_MSG_SET_DIRECTION, gpio,\n\t\t\tVIRTIO_GPIO_DIRECTION_NONE, NULL);\n",
                  "\tstruct virtio_gpio *vgpio = gpiochip_get_data(gc);\n\n\tif (!keep_level)\n"
                  "\t\tvirtio_gpio_req(vgpio, VIRTIO_GPIO_MSG_SET_DIRECTION, gpio, VIRTIO_GPIO_DIRECTION_NONE, NULL);\n")
    patch.replace("= dev_name(dev);", "= label && ngpio > 8 ? label : dev_name(dev);")
    patch.replace("if (virtio_has_feature(vdev, VIRTIO_GPIO_F_IRQ)) {",
                  "if (interrupts || virtio_has_feature(vdev, VIRTIO_GPIO_F_IRQ)) {")
    return patch.text


MAKEFILE = "obj-m := i2c-virtio.o gpio-virtio.o\n"
SOURCES = {"drivers/i2c/busses/i2c-virtio.c": i2c, "drivers/gpio/gpio-virtio.c": gpio}
