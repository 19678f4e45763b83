/* floor.c: the least that any client can spend: fetches URLs with libcurl's multi interface over
 * kept connections, TLS verified, and throws the bodies away. What cmkd takes for the same URLs is
 * given as a ratio to this.
 *
 * usage: floor CA_FILE AT_ONCE <LIST     each line of it: URL, a tab, a whole Authorization header
 *
 * AT_ONCE is for each host, which is cmkd's rule where all is in one subscription. Ends with 0 if
 * every answer had a status below 500: 404 is an answer like another. */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t on_bytes(char *bytes, size_t size, size_t count, void *owner)
{
    (void)bytes, (void)owner;
    return size * count;
}

/* False if the line is none of a list. */
static bool add(CURLM *multi, const char *ca_file, char *line)
{
    char *tab = strchr(line, '\t');
    if (!tab)
        return false;
    line[strcspn(line, "\n")] = '\0';
    *tab = '\0';

    struct curl_slist *headers = curl_slist_append(NULL, tab + 1);
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, line);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, headers);
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_multi_add_handle(multi, easy);
    return true;
}

/* How many of a list were added. */
static long add_all(CURLM *multi, const char *ca_file)
{
    char *line = NULL;
    size_t size = 0;
    long added = 0;
    while (getline(&line, &size, stdin) > 0 && add(multi, ca_file, line))
        added++;
    free(line);
    return added;
}

/* True if it was answered. */
static bool finish(CURLM *multi, CURL *easy, CURLcode result)
{
    long status = 0;
    struct curl_slist *headers = NULL;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &headers);
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    return result == CURLE_OK && status < 500;
}

static long fetch_all(CURLM *multi)
{
    long answered = 0;
    for (int running = 1, left; running > 0;) {
        curl_multi_perform(multi, &running);
        for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));)
            if (message->msg == CURLMSG_DONE)
                answered += finish(multi, message->easy_handle, message->data.result);
        if (running > 0)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    return answered;
}

int main(int argc, char **argv)
{
    long at_once = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    if (at_once < 1) {
        fputs("usage: floor CA_FILE AT_ONCE <LIST\n", stderr);
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM *multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, at_once);
    long added = add_all(multi, argv[1]);
    long answered = fetch_all(multi);
    curl_multi_cleanup(multi);
    curl_global_cleanup();
    printf("%ld of %ld answered\n", answered, added);
    return added > 0 && answered == added ? 0 : 1;
}
