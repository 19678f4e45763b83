/* The bytes are sha256sum's. */
#include "cases.h"

#include "base/digest.h"

#include <stdio.h>
#include <string.h>

static void expect(const char *const *texts, size_t count, const char *hex)
{
    struct digest *digest = digest_new();
    uint8_t bytes[DIGEST_SIZE];
    char shown[2 * DIGEST_SIZE + 1];
    for (size_t i = 0; i < count; i++)
        digest_add(digest, texts[i]);
    digest_end(digest, bytes);
    for (size_t i = 0; i < DIGEST_SIZE; i++)
        snprintf(&shown[2 * i], 3, "%02x", bytes[i]);
    assert_string_equal(shown, hex);
}

static void a_row_of_texts_is_what_they_are_with_their_ends(void **state)
{
    (void)state;
    static const char *const abc[] = {"abc"}, *const parts[] = {"ab", "c"},
                             *const gap[] = {"abc", NULL}, *const empty[] = {"abc", ""};
    expect(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(abc, 1, "dc1114cd074914bd872cc1f9a23ec910ea2203bc79779ab2e17da25782a624fc");
    expect(parts, 2, "629c2f14f654f026086f2aefe1855533d0897f49df86a19073be17b237361b09");
    expect(gap, 2, "0616290e0a45001015ac04f49716fbec564e5bd3301a9e8871c422ef5a691fc1");
    expect(empty, 2, "0616290e0a45001015ac04f49716fbec564e5bd3301a9e8871c422ef5a691fc1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_of_texts_is_what_they_are_with_their_ends),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
