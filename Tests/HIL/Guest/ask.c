// Asks the controller's local service: sends one line, and prints the one that comes back.
//
//   ask LINE
//
// It ends with 1 if nobody answers. The tests look at the state many times, and an emulated processor takes half a second to start
// `bombyx status`; what comes back is the same.

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

int main(int count, char **words)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/bombyx/bombyxd.sock"};
	struct timeval patience = {.tv_sec = 10};
	int connection = socket(AF_UNIX, SOCK_STREAM, 0);
	if (count != 2 || connection < 0)
		return 2;
	setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0)
		return 1;
	if (dprintf(connection, "%s\n", words[1]) != (int)strlen(words[1]) + 1)
		return 1;
	char part[65536];
	ssize_t got;
	while ((got = read(connection, part, sizeof part)) > 0) {
		fwrite(part, 1, got, stdout);
		if (part[got - 1] == '\n')
			return 0;
	}
	return 1;
}
