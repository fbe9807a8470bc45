/* Stands for /dev/nsm in tests (LD_PRELOAD): keeps the request in $NSM_REQUEST, answers with $NSM_RESPONSE as the kernel's driver does. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct raw {
  uint64_t request, request_length, response, response_length;
};
#define RAW _IOWR(0x0A, 0x0, struct raw)
static int module = -1;

static int real_open(const char *path, int flags, int mode) {
  int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
  return next(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  int mode = va_arg(rest, int);
  va_end(rest);
  if (strcmp(path, "/dev/nsm") != 0) return real_open(path, flags, mode);
  return module = real_open("/dev/null", O_RDWR, 0);
}

int ioctl(int fd, unsigned long code, ...) {
  va_list rest;
  va_start(rest, code);
  struct raw *raw = va_arg(rest, struct raw *);
  va_end(rest);
  /* drivers/misc/nsm.c: other codes ENOTTY, requests that are too long EMSGSIZE. */
  if (fd != module || code != RAW) return errno = ENOTTY, -1;
  if (raw->request_length > 0x1000) return errno = EMSGSIZE, -1;
  int out = real_open(getenv("NSM_REQUEST"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (write(out, (void *)(uintptr_t)raw->request, raw->request_length) < 0) return -1;
  close(out);
  int in = real_open(getenv("NSM_RESPONSE"), O_RDONLY, 0);
  if (in < 0) return errno = EIO, -1;
  ssize_t size = read(in, (void *)(uintptr_t)raw->response, raw->response_length);
  close(in);
  raw->response_length = (uint64_t)size;
  return size < 0 ? -1 : 0;
}
