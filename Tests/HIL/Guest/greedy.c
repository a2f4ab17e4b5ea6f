// A controller gone mad: it holds a good lease and asks the guardian for what no output may do.
//
//   greedy SECONDS SILENCE CELSIUS MASK...
//
// Once a second, for SECONDS, a lease frame that asks for the outputs of the next MASK (hexadecimal, one bit an output), in turn; then it keeps the
// connection and says nothing for SILENCE seconds. CELSIUS is the temperature that every zone is said to have; "none" for no evidence.
// It prints every answer that differs from the one before: lease state, outputs on, outputs held.
//
// The frames are put together from their description, not by the product's code: docs/hil.md.

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LEASE = 140, STATUS = 212, SLOTS = 8 };

static uint32_t crc32(const unsigned char *bytes, size_t count)
{
	uint32_t value = 0xFFFFFFFF;
	for (size_t index = 0; index < count; index++) {
		value ^= bytes[index];
		for (int bit = 0; bit < 8; bit++)
			value = value & 1 ? value >> 1 ^ 0xEDB88320 : value >> 1;
	}
	return ~value;
}

static void put(unsigned char *at, uint64_t value, int size)
{
	for (int index = 0; index < size; index++)
		at[index] = value >> 8 * index & 0xFF;
}

static uint64_t get(const unsigned char *at, int size)
{
	uint64_t value = 0;
	for (int index = size - 1; index >= 0; index--)
		value = value << 8 | at[index];
	return value;
}

static void compose(unsigned char *frame, uint64_t boot, uint64_t sequence, uint64_t table, uint32_t wanted,
		    const char *celsius)
{
	memset(frame, 0, LEASE);
	memcpy(frame, "BXL1", 4);
	put(frame + 4, 1, 2);
	put(frame + 8, boot, 8);
	put(frame + 16, sequence, 8);
	put(frame + 24, table, 8);
	put(frame + 32, wanted, 4);
	for (int slot = 0; slot < SLOTS && strcmp(celsius, "none") != 0; slot++) {
		put(frame + 40 + 12 * slot, (uint32_t)(int32_t)(atof(celsius) * 1000), 4);
		put(frame + 48 + 12 * slot, 1, 4);
	}
	put(frame + 136, crc32(frame, 136), 4);
}

// Reads all answers that are there. Returns the table's hash as of the last one.
static uint64_t answers(int connection, uint64_t table)
{
	static unsigned char last[40];
	unsigned char status[STATUS + 1];
	while (recv(connection, status, sizeof status, MSG_DONTWAIT) == STATUS) {
		table = get(status + 24, 8);
		// Lease state, outputs on and held; the rest changes all the time.
		if (memcmp(last + 6, status + 6, 2) == 0 && memcmp(last + 32, status + 32, 8) == 0)
			continue;
		memcpy(last, status, sizeof last);
		printf("lease %u on %x held %x\n", (unsigned)get(status + 6, 2), (unsigned)get(status + 32, 4),
		       (unsigned)get(status + 36, 4));
	}
	return table;
}

static void wait_until(struct timespec *deadline)
{
	deadline->tv_sec++;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, deadline, NULL) == EINTR)
		;
}

int main(int count, char **words)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/bombyx-guardian/lease.sock"};
	unsigned char frame[LEASE];
	struct timespec deadline;
	uint64_t boot, table = 0;
	int connection;

	if (count < 5) {
		fprintf(stderr, "usage: greedy SECONDS SILENCE CELSIUS MASK...\n");
		return 64;
	}
	connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
		perror(address.sun_path);
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	// A life of its own, that no earlier one had.
	boot = (uint64_t)deadline.tv_sec * 1000000000 + (uint64_t)deadline.tv_nsec;
	// The first frame is for no table: the answer says which one it is.
	for (int second = 0; second <= atoi(words[1]); second++) {
		uint32_t wanted = (uint32_t)strtoul(words[4 + second % (count - 4)], NULL, 16);

		compose(frame, boot, (uint64_t)second + 1, table, wanted, words[3]);
		if (send(connection, frame, LEASE, MSG_NOSIGNAL) != LEASE) {
			perror("the guardian takes no frame");
			return 1;
		}
		wait_until(&deadline);
		table = answers(connection, table);
	}
	for (int second = 0; second < atoi(words[2]); second++) {
		wait_until(&deadline);
		answers(connection, table);
	}
	return 0;
}
