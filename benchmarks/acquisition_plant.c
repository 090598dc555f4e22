/* Independent Modbus TCP devices for the acquisition benchmark: PORTS gateways of UNITS units each on 127.0.0.1, one thread,
 * epoll. It shares no line with Watchroom.
 *
 *   acquisition_plant PORTS UNITS CHANGING DEAD LOG
 *
 * CHANGING of 100 registers (or bits) differ at each request; of the units of a gateway every DEAD-th never answers (0: all
 * do). The ports are printed, one line; then it serves until its standard input ends. LOG gets one record for each request:
 * CLOCK_MONOTONIC seconds (double) and the device's number, port x UNITS + unit - 1 (uint64).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 4096, MOST = 128, REQUEST = 12 };

struct connection {
    int port; /* its number; -1 - number for a listener */
    int held;
    uint8_t data[ROOM];
};

static int ports, units, changing, dead;
static uint32_t *asked; /* requests so far of each device */
static FILE *record;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void note(uint64_t device) {
    double at = now();
    fwrite(&at, sizeof at, 1, record);
    fwrite(&device, sizeof device, 1, record);
}

static int moves(int address) { return address * 37 % 100 < changing; }

static int registers(uint8_t *to, int first, int count, uint32_t turn, int unit) {
    for (int i = 0; i < count; i++) {
        int address = first + i;
        uint16_t value = 1000 + address * 7 + unit + (moves(address) ? turn * (1 + address % 5) % 5000 : 0);
        to[2 * i] = value >> 8;
        to[2 * i + 1] = value & 0xFF;
    }
    return 2 * count;
}

static int bits(uint8_t *to, int first, int count, uint32_t turn, int unit) {
    int size = (count + 7) / 8;
    memset(to, 0, size);
    for (int i = 0; i < count; i++) {
        int address = first + i;
        int on = moves(address) ? (turn + address) & 1 : (address * 5 + unit) % 16 == 0;
        to[i / 8] |= on << i % 8;
    }
    return size;
}

/* One request of Modbus TCP; the length of the answer, 0 for silence. */
static int answer(const uint8_t *request, uint8_t *to, int port) {
    int unit = request[6], function = request[7];
    int first = request[8] << 8 | request[9], count = request[10] << 8 | request[11];
    uint64_t device = (uint64_t)port * units + unit - 1;
    if (unit < 1 || unit > units) return 0;
    note(device);
    if (dead && unit % dead == 0) return 0;
    uint32_t turn = asked[device]++;
    memcpy(to, request, 8);
    int size = function <= 2 ? bits(to + 9, first, count, turn, unit) : registers(to + 9, first, count, turn, unit);
    to[8] = size;
    to[4] = 0, to[5] = 3 + size;
    return 9 + size;
}

static int serve(int fd, struct connection *from) {
    int got = read(fd, from->data + from->held, ROOM - from->held);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    from->held += got;
    uint8_t out[16 * 270];
    int at = 0, size = 0;
    for (; from->held - at >= REQUEST; at += REQUEST) {
        if (size > (int)sizeof out - 270) {
            if (write(fd, out, size) != size) return 0;
            size = 0;
        }
        size += answer(from->data + at, out + size, from->port);
    }
    memmove(from->data, from->data + at, from->held -= at);
    return !size || write(fd, out, size) == size;
}

static void listen_on(int epoll, int number) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof here;
    if (bind(fd, (struct sockaddr *)&here, length) || listen(fd, 8)) exit(3);
    getsockname(fd, (struct sockaddr *)&here, &length);
    printf("%d ", ntohs(here.sin_port));
    struct connection *it = calloc(1, sizeof *it);
    it->port = -1 - number, it->held = fd;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = it});
}

struct open {
    int fd;
    struct connection state;
};

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    ports = atoi(argv[1]), units = atoi(argv[2]), changing = atoi(argv[3]), dead = atoi(argv[4]);
    record = fopen(argv[5], "wb");
    asked = calloc((size_t)ports * units, sizeof *asked);
    int epoll = epoll_create1(0);
    if (!record || !asked || epoll < 0) return 3;
    for (int i = 0; i < ports; i++) listen_on(epoll, i);
    printf("\n");
    fflush(stdout);
    struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
    fcntl(0, F_SETFL, O_NONBLOCK);
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input);
    for (;;) {
        struct epoll_event events[MOST];
        int n = epoll_wait(epoll, events, MOST, 500);
        if (n == 0) fflush(record);
        for (int i = 0; i < n; i++) {
            struct connection *it = events[i].data.ptr;
            if (!it) {
                char byte;
                if (read(0, &byte, 1) == 0) return fclose(record);
                continue;
            }
            if (it->port < 0) {
                int fd = accept4(it->held, NULL, NULL, SOCK_NONBLOCK), one = 1;
                if (fd < 0) continue;
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                struct open *made = calloc(1, sizeof *made);
                made->fd = fd, made->state.port = -1 - it->port;
                epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = &made->state});
                continue;
            }
            struct open *from = (struct open *)((char *)it - offsetof(struct open, state));
            if (!serve(from->fd, it)) {
                close(from->fd);
                free(from);
            }
        }
    }
}
