// What a device needs that shares memory with a guest: descriptors over a socket, and loads and stores that both sides agree on.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define CVIRTIO_DESCRIPTORS 8

/// Receives bytes and the descriptors that came with them. Returns the number of bytes, 0 at the end, or -1 with errno.
static inline ssize_t cvirtio_receive(int socket, void *bytes, size_t size, int *descriptors, int *count) {
  char control[CMSG_SPACE(CVIRTIO_DESCRIPTORS * sizeof(int))];
  struct iovec part = {.iov_base = bytes, .iov_len = size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  *count = 0;
  if (received <= 0) return received;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t number = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    if (number > CVIRTIO_DESCRIPTORS) number = CVIRTIO_DESCRIPTORS;
    memcpy(descriptors, CMSG_DATA(header), number * sizeof(int));
    *count = (int)number;
  }
  return received;
}

/// An index that the guest writes; what it points at is read after it.
static inline uint16_t cvirtio_load(const void *address) {
  return __atomic_load_n((const uint16_t *)address, __ATOMIC_SEQ_CST);
}

/// An index that the guest reads; what it points at is written before it.
static inline void cvirtio_store(void *address, uint16_t value) {
  __atomic_store_n((uint16_t *)address, value, __ATOMIC_SEQ_CST);
}
