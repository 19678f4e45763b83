/* floor.c: the least that any client can spend: fetches URLs with libcurl's multi interface over
 * kept connections, TLS verified, from one epoll(7) loop, and throws the bodies away. What cmkd
 * takes for the same URLs is given as a ratio to this.
 *
 * usage: floor CA_FILE AT_ONCE PASSES <LIST
 *        each line of LIST: queue, a tab, URL, a tab, a whole Authorization header
 *
 * AT_ONCE requests of one queue are under way at a time, which is cmkd's rule for a subscription
 * and for a vault; queues do not wait for each other. The list is fetched PASSES times, and each
 * pass prints a line: its wall and CPU seconds, requests, bytes of answers (headers included).
 * Ends with 0 if every answer had a status below 500: 404 is an answer like another. */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

#define EVENTS_MAX 64
#define CONNECTIONS_KEPT 20000L
#define PATIENCE_S 30.0

struct item {
    struct item *next; /* of its queue */
    char *url;
    struct curl_slist *headers; /* shared by all that have the same */
};

struct queue {
    struct queue *next;
    char *name;
    struct item *first, **end;
    struct item *at; /* what comes next in this pass */
};

static struct {
    CURLM *multi;
    const char *ca_file;
    struct queue *queues;
    struct curl_slist *headers[8];
    size_t n_headers;
    CURL **idle; /* handles that wait for work */
    size_t n_idle, room;
    int epoll, running;
    double due_s; /* when libcurl wants to be called at the latest; 0: it does not */
    unsigned long requests, failed;
    unsigned long long bytes;
} all;

static void *make(size_t size)
{
    void *p = calloc(1, size);
    if (!p)
        abort();
    return p;
}

/* ---- what it takes ------------------------------------------------------------------------- */

static double wall_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_s(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* ---- the list ------------------------------------------------------------------------------ */

static struct queue *queue_of(const char *name)
{
    static struct queue *last; /* lines of one queue come in rows */
    struct queue *queue = last && strcmp(last->name, name) == 0 ? last : all.queues;
    while (queue && strcmp(queue->name, name) != 0)
        queue = queue->next;
    if (!queue) {
        queue = make(sizeof *queue);
        queue->name = strdup(name);
        queue->end = &queue->first;
        queue->next = all.queues;
        all.queues = queue;
    }
    last = queue;
    return queue;
}

static struct curl_slist *headers_of(const char *text)
{
    for (size_t i = 0; i < all.n_headers; i++)
        if (strcmp(all.headers[i]->data, text) == 0)
            return all.headers[i];
    if (all.n_headers == sizeof all.headers / sizeof all.headers[0])
        abort();
    return all.headers[all.n_headers++] = curl_slist_append(NULL, text);
}

/* False if the line is none of a list. */
static bool add(char *line)
{
    char *url = strchr(line, '\t'), *header = url ? strchr(url + 1, '\t') : NULL;
    if (!header)
        return false;
    line[strcspn(line, "\n")] = '\0';
    *url++ = *header++ = '\0';
    struct queue *queue = queue_of(line);
    struct item *item = make(sizeof *item);
    item->url = strdup(url);
    item->headers = headers_of(header);
    *queue->end = item;
    queue->end = &item->next;
    return true;
}

static unsigned long add_all(void)
{
    char *line = NULL;
    size_t size = 0;
    unsigned long added = 0;
    while (getline(&line, &size, stdin) > 0 && add(line))
        added++;
    free(line);
    return added;
}

static void free_all(void)
{
    for (struct queue *queue = all.queues, *next; queue; queue = next) {
        next = queue->next;
        for (struct item *item = queue->first, *after; item; item = after) {
            after = item->next;
            free(item->url);
            free(item);
        }
        free(queue->name);
        free(queue);
    }
    for (size_t i = 0; i < all.n_headers; i++)
        curl_slist_free_all(all.headers[i]);
    for (size_t i = 0; i < all.n_idle; i++)
        curl_easy_cleanup(all.idle[i]);
    free(all.idle);
}

/* ---- fetching ------------------------------------------------------------------------------ */

static size_t on_bytes(char *bytes, size_t size, size_t count, void *owner)
{
    (void)bytes, (void)owner;
    return size * count;
}

static CURL *take_handle(void)
{
    if (all.n_idle)
        return all.idle[--all.n_idle];
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_CAINFO, all.ca_file);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    return easy;
}

static void keep_handle(CURL *easy)
{
    if (all.n_idle == all.room) {
        all.room = all.room ? all.room * 2 : 64;
        all.idle = realloc(all.idle, all.room * sizeof(CURL *));
        if (!all.idle)
            abort();
    }
    all.idle[all.n_idle++] = easy;
}

/* The next of the queue, if anything of it is left. */
static void fetch_next(struct queue *queue)
{
    struct item *item = queue->at;
    if (!item)
        return;
    queue->at = item->next;
    CURL *easy = take_handle();
    curl_easy_setopt(easy, CURLOPT_URL, item->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, item->headers);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, queue);
    curl_multi_add_handle(all.multi, easy);
    all.running++;
}

static void finish(CURL *easy, CURLcode result)
{
    struct queue *queue = NULL;
    long status = 0, headers = 0;
    curl_off_t body = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &queue);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_HEADER_SIZE, &headers);
    curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &body);
    curl_multi_remove_handle(all.multi, easy);
    keep_handle(easy);
    all.running--;
    all.requests++;
    all.failed += result != CURLE_OK || status >= 500;
    all.bytes += (unsigned long long)headers + (unsigned long long)body;
    fetch_next(queue);
}

/* ---- the loop ------------------------------------------------------------------------------ */

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *owner, void *known)
{
    (void)easy, (void)owner;
    struct epoll_event event = {.data.fd = socket};
    if (what & CURL_POLL_IN)
        event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT)
        event.events |= EPOLLOUT;
    if (what == CURL_POLL_REMOVE)
        epoll_ctl(all.epoll, EPOLL_CTL_DEL, socket, &event);
    else
        epoll_ctl(all.epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
    curl_multi_assign(all.multi, socket, what == CURL_POLL_REMOVE ? NULL : &all);
    return 0;
}

static int on_timeout(CURLM *multi, long timeout_ms, void *owner)
{
    (void)multi, (void)owner;
    all.due_s = timeout_ms < 0 ? 0 : wall_s() + (double)timeout_ms / 1000;
    return 0;
}

static void turn(void)
{
    struct epoll_event events[EVENTS_MAX];
    int left, running;
    double wait_s = all.due_s > 0 ? all.due_s - wall_s() : PATIENCE_S;
    int count =
        epoll_wait(all.epoll, events, EVENTS_MAX, wait_s > 0 ? (int)(wait_s * 1000) + 1 : 0);
    for (int i = 0; i < count; i++) {
        int what = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                   (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
        curl_multi_socket_action(all.multi, events[i].data.fd, what, &running);
    }
    if (count <= 0 || (all.due_s > 0 && wall_s() >= all.due_s)) {
        all.due_s = 0; /* once: it is not taken back */
        curl_multi_socket_action(all.multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    for (CURLMsg *message; (message = curl_multi_info_read(all.multi, &left));)
        if (message->msg == CURLMSG_DONE)
            finish(message->easy_handle, message->data.result);
}

static void fetch_all(long at_once)
{
    double wall = wall_s(), cpu = cpu_s();
    all.requests = 0;
    all.bytes = 0;
    for (struct queue *queue = all.queues; queue; queue = queue->next) {
        queue->at = queue->first;
        for (long i = 0; i < at_once; i++)
            fetch_next(queue);
    }
    while (all.running > 0)
        turn();
    printf("{\"wall\": %.6f, \"cpu\": %.6f, \"requests\": %lu, \"bytes\": %llu}\n", wall_s() - wall,
           cpu_s() - cpu, all.requests, all.bytes);
}

int main(int argc, char **argv)
{
    long at_once = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
    long passes = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
    if (at_once < 1 || passes < 1) {
        fputs("usage: floor CA_FILE AT_ONCE PASSES <LIST\n", stderr);
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    all.epoll = epoll_create1(EPOLL_CLOEXEC);
    all.ca_file = argv[1];
    all.multi = curl_multi_init();
    curl_multi_setopt(all.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(all.multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(all.multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT);
    unsigned long added = add_all();
    for (long i = 0; i < passes && added; i++)
        fetch_all(at_once);
    free_all();
    curl_multi_cleanup(all.multi);
    curl_global_cleanup();
    return added > 0 && all.failed == 0 ? 0 : 1;
}
