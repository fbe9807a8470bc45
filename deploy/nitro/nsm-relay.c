/*
 * Passes requests for attestation documents from a unix socket on to the Nitro security module, whose only interface is an ioctl.
 * It runs inside the enclave, as part of the measured image, with CAP_SYS_ADMIN (the kernel demands it); the node needs no capability.
 *
 *   cc -O2 -Wall -Wextra -static -o nsm-relay nsm-relay.c
 *   nsm-relay /run/nsm.sock
 *
 * One request a connection: u32 length (big-endian), request in CBOR, up to 4,096 bytes. The answer has the same form, up to 12,288 bytes.
 * Only `Attestation` is passed on: registers cannot be extended or locked through this socket. A request that is refused, and a module that
 * fails, close the connection without an answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* linux/nsm.h, which is in kernel headers from 6.8 on only. */
struct nsm_iovec {
  uint64_t addr;
  uint64_t len;
};
struct nsm_raw {
  struct nsm_iovec request;
  struct nsm_iovec response;
};
#define NSM_IOCTL_RAW _IOWR(0x0A, 0x0, struct nsm_raw)
#define MAX_REQUEST 0x1000
#define MAX_RESPONSE 0x3000

/* A map of one entry whose key is the text "Attestation". */
static const char ATTESTATION[] = "\xa1\x6b" "Attestation";
#define PREFIX (sizeof ATTESTATION - 1)

static int read_all(int fd, void *to, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t n = read(fd, (char *)to + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return -1;
    done += (size_t)n;
  }
  return 0;
}

static int write_all(int fd, const void *from, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t n = send(fd, (const char *)from + done, size - done, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return -1;
    done += (size_t)n;
  }
  return 0;
}

static void serve(int client, int module) {
  uint8_t request[MAX_REQUEST], response[MAX_RESPONSE];
  uint32_t length;
  if (read_all(client, &length, sizeof length) != 0) return;
  length = ntohl(length);
  if (length < PREFIX || length > MAX_REQUEST || read_all(client, request, length) != 0) return;
  if (memcmp(request, ATTESTATION, PREFIX) != 0) {
    fprintf(stderr, "nsm-relay: a request other than Attestation was refused\n");
    return;
  }
  struct nsm_raw raw = {{(uintptr_t)request, length}, {(uintptr_t)response, sizeof response}};
  if (ioctl(module, NSM_IOCTL_RAW, &raw) != 0) {
    fprintf(stderr, "nsm-relay: the security module failed: %s\n", strerror(errno));
    return;
  }
  if (raw.response.len > sizeof response) return;
  length = htonl((uint32_t)raw.response.len);
  if (write_all(client, &length, sizeof length) == 0) write_all(client, response, raw.response.len);
}

int main(int argc, char **argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path) {
    fprintf(stderr, "usage: nsm-relay SOCKET\n");
    return 2;
  }
  strcpy(address.sun_path, argv[1]);
  int module = open("/dev/nsm", O_RDWR | O_CLOEXEC);
  int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  unlink(argv[1]);
  umask(0117); /* owner and group */
  if (module < 0 || server < 0 || bind(server, (struct sockaddr *)&address, sizeof address) != 0 || listen(server, 16) != 0) {
    perror(module < 0 ? "nsm-relay: /dev/nsm" : "nsm-relay");
    return 1;
  }
  for (;;) {
    int client = accept(server, NULL, NULL);
    if (client < 0) continue;
    struct timeval patience = {.tv_sec = 5};
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    serve(client, module);
    close(client);
  }
}
