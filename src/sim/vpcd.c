/* vpcd.c - see vpcd.h */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "sim/vpcd.h"

#define POWER_OFF 0
#define POWER_ON  1
#define RESET     2
#define TELL_ATR  4

#define ANSWER_S    30 /* a card may make a key pair meanwhile */
#define MESSAGE_MAX 65535u

/* Guarded by lock: card. The rest never changes. The thread alone opens and closes card; whoever talks to it holds the lock. */
struct sim_vpcd {
        pthread_mutex_t lock;
        pthread_t thread;
        int port, end; /* the listening socket; an eventfd that ends the thread */
        int card;      /* -1: none */
        pid_t owner;   /* a child of fork() has the sockets and no thread */
        void (*moved)(void *arg, bool in);
        void *arg;
};

/* ---- messages. The lock is held */

static bool send_all(int fd, const uint8_t *bytes, size_t len, int flags)
{
        while (len > 0) {
                const ssize_t sent = send(fd, bytes, len, flags | MSG_NOSIGNAL);

                if (sent < 0 && errno == EINTR)
                        continue;
                if (sent <= 0)
                        return false;
                bytes += sent;
                len -= (size_t)sent;
        }
        return true;
}

static bool receive_all(int fd, uint8_t *bytes, size_t len)
{
        while (len > 0) {
                const ssize_t got = recv(fd, bytes, len, 0);

                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        return false;
                bytes += got;
                len -= (size_t)got;
        }
        return true;
}

static bool put(struct sim_vpcd *vpcd, const uint8_t *bytes, size_t len)
{
        const uint8_t head[2] = {(uint8_t)(len >> 8), (uint8_t)len};

        return vpcd->card >= 0 && len <= MESSAGE_MAX && send_all(vpcd->card, head, sizeof head, MSG_MORE) &&
               send_all(vpcd->card, bytes, len, 0);
}

/* What is longer than cap, or empty, is no answer. */
static bool take(struct sim_vpcd *vpcd, uint8_t *bytes, size_t cap, size_t *len)
{
        uint8_t head[2];

        if (!receive_all(vpcd->card, head, sizeof head))
                return false;
        *len = (size_t)head[0] << 8 | head[1];
        return *len != 0 && *len <= cap && receive_all(vpcd->card, bytes, *len);
}

/* The thread sees that it is over, and says that the card has gone. */
static void cut_off(struct sim_vpcd *vpcd)
{
        if (vpcd->card < 0)
                return;
        log_line(LOG_WARN, "sim", "vpcd: the card does not answer as it should, and is cut off");
        (void)shutdown(vpcd->card, SHUT_RDWR);
}

static size_t exchange(struct sim_vpcd *vpcd, const uint8_t *out, size_t out_len, uint8_t *in, size_t cap)
{
        size_t len = 0;

        if (put(vpcd, out, out_len) && take(vpcd, in, cap, &len))
                return len;
        cut_off(vpcd);
        return 0;
}

size_t sim_vpcd_reset(struct sim_vpcd *vpcd, bool warm, uint8_t *atr, size_t cap)
{
        static const uint8_t on[] = {POWER_ON}, again[] = {RESET}, tell[] = {TELL_ATR};
        size_t len = 0;

        (void)pthread_mutex_lock(&vpcd->lock);
        if (put(vpcd, warm ? again : on, 1))
                len = exchange(vpcd, tell, sizeof tell, atr, cap);
        (void)pthread_mutex_unlock(&vpcd->lock);
        return len;
}

void sim_vpcd_power_off(struct sim_vpcd *vpcd)
{
        static const uint8_t off[] = {POWER_OFF};

        (void)pthread_mutex_lock(&vpcd->lock);
        (void)put(vpcd, off, sizeof off); /* a card that has gone has no power either */
        (void)pthread_mutex_unlock(&vpcd->lock);
}

size_t sim_vpcd_apdu(struct sim_vpcd *vpcd, const uint8_t *command, size_t len, uint8_t *response,
                     size_t room)
{
        (void)pthread_mutex_lock(&vpcd->lock);
        size_t got = len > 1 ? exchange(vpcd, command, len, response, room) : 0;

        if (got == 1) { /* no status word */
                cut_off(vpcd);
                got = 0;
        }
        (void)pthread_mutex_unlock(&vpcd->lock);
        return got;
}

/* ---- the thread: cards that come and go */

static void set_card(struct sim_vpcd *vpcd, int card)
{
        (void)pthread_mutex_lock(&vpcd->lock);
        if (vpcd->card >= 0)
                (void)close(vpcd->card);
        vpcd->card = card;
        (void)pthread_mutex_unlock(&vpcd->lock);
}

static void card_came(struct sim_vpcd *vpcd)
{
        const struct timeval limit = {.tv_sec = ANSWER_S};
        const int one = 1;
        const int card = accept4(vpcd->port, NULL, NULL, SOCK_CLOEXEC);

        if (card < 0)
                return; /* it has gone already */
        (void)setsockopt(card, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        (void)setsockopt(card, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        (void)setsockopt(card, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        set_card(vpcd, card);
        vpcd->moved(vpcd->arg, true);
}

static void *serve(void *arg)
{
        struct sim_vpcd *vpcd = arg;
        struct pollfd fds[2] = {{.fd = vpcd->end, .events = POLLIN}, {.fd = vpcd->port, .events = POLLIN}};

        while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
                if (fds[0].revents != 0)
                        break;
                if (fds[1].revents == 0)
                        continue;
                if (vpcd->card < 0) {
                        card_came(vpcd);
                } else {
                        vpcd->moved(vpcd->arg, false);
                        set_card(vpcd, -1);
                }
                /* A card is only looked at for its end: what it says is for whoever asked it. */
                fds[1].fd = vpcd->card >= 0 ? vpcd->card : vpcd->port;
                fds[1].events = vpcd->card >= 0 ? POLLRDHUP : POLLIN;
                fds[1].revents = 0;
        }
        return NULL;
}

/* ---- made and unmade */

/* -1: errno says why. */
static int listen_on(uint16_t port)
{
        const struct sockaddr_in address = {
            .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

        if (fd < 0)
                return -1;
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1) == 0)
                return fd;
        const int error = errno;
        (void)close(fd);
        errno = error;
        return -1;
}

/* The application's signals are none of this thread's. */
static bool start(struct sim_vpcd *vpcd)
{
        sigset_t all, before;

        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        const int failed = pthread_create(&vpcd->thread, NULL, serve, vpcd);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        return failed == 0;
}

struct sim_vpcd *sim_vpcd_create(uint16_t port, void (*moved)(void *arg, bool in), void *arg)
{
        struct sim_vpcd *vpcd = calloc(1, sizeof *vpcd);

        if (vpcd == NULL)
                return NULL;
        vpcd->card = -1;
        vpcd->owner = getpid();
        vpcd->moved = moved;
        vpcd->arg = arg;
        vpcd->end = eventfd(0, EFD_CLOEXEC);
        vpcd->port = listen_on(port);
        if (vpcd->port < 0)
                log_line(LOG_ERROR, "sim", "card=vpcd:%u: %s; the slot stays empty", port, strerror(errno));
        (void)pthread_mutex_init(&vpcd->lock, NULL);
        if (vpcd->port >= 0 && vpcd->end >= 0 && start(vpcd))
                return vpcd;
        if (vpcd->port >= 0)
                (void)close(vpcd->port);
        if (vpcd->end >= 0)
                (void)close(vpcd->end);
        (void)pthread_mutex_destroy(&vpcd->lock);
        free(vpcd);
        return NULL;
}

void sim_vpcd_destroy(struct sim_vpcd *vpcd)
{
        if (vpcd == NULL)
                return;
        if (vpcd->owner == getpid()) {
                (void)eventfd_write(vpcd->end, 1);
                (void)pthread_join(vpcd->thread, NULL);
        }
        if (vpcd->card >= 0)
                (void)close(vpcd->card);
        (void)close(vpcd->port);
        (void)close(vpcd->end);
        (void)pthread_mutex_destroy(&vpcd->lock);
        free(vpcd);
}
